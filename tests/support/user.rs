//! The details of test users.

use std::sync::atomic::{AtomicU32, Ordering};

use super::app::RunningApp;

/// The details of a user. No two users share a value.
#[derive(Clone, Debug)]
pub struct User {
    pub full_name: String,
    pub username: String,
    pub email: String,
    pub password: String,
    pub phone: String,
}

/// The number of the next user, which makes the details unique.
///
/// All numbers have five digits, so that no username or e-mail address is the beginning of another. A phone number with
/// such a number differs from every number that a test names.
static NEXT_NUMBER: AtomicU32 = AtomicU32::new(10_000);

impl User {
    /// Creates the details of a user who has no account yet.
    pub fn with_unique_details() -> Self {
        let number = NEXT_NUMBER.fetch_add(1, Ordering::Relaxed);
        Self {
            full_name: format!("Ann Number{number}"),
            username: format!("person{number}"),
            email: format!("mail{number}@example.com"),
            password: format!("correct horse {number} staple"),
            // Every number of seven digits that begins with 2 to 9 is valid in this area.
            phone: format!("+1415{}", 5_550_000 + number),
        }
    }
}

impl RunningApp {
    /// Creates users with one call of `sallyport user import`, which takes less time than a call for each. They have no
    /// phone number, and cannot sign in with [`User::password`].
    pub fn import_users(&self, count: usize) -> Vec<User> {
        const HASH: &str = "$2b$05$abcdefghijklmnopqrstuuz3WqlWckoLQ8MnKfCxlS2dLHT7MY2lG";
        let users: Vec<User> = (0..count).map(|_| User::with_unique_details()).collect();
        let rows = users.iter().map(|user| {
            let User {
                username,
                email,
                full_name,
                ..
            } = user;
            format!("{username},{email},{full_name},{HASH}\n")
        });
        let file = format!(
            "username,email,full_name,password_hash\n{}",
            rows.collect::<String>()
        );
        let output = self.run_user_command_with_input(&["import", "--format=csv", "-"], &file);
        assert_eq!(output.exit_code, 0, "{output:?}");
        users
    }

    /// Creates a user with `sallyport user create`. The phone number is unverified and there is no second factor.
    pub fn create_user_by_command(&self) -> User {
        let user = User::with_unique_details();
        self.run_create_command(&user, &["--phone", &user.phone]);
        user
    }

    /// Creates a user with `sallyport user create`. The account has neither a phone number nor a second factor.
    pub fn create_user_without_phone_by_command(&self) -> User {
        let user = User::with_unique_details();
        self.run_create_command(&user, &[]);
        user
    }

    /// Runs `sallyport user create` with the username, name, e-mail address and password of the user, and with more
    /// arguments.
    fn run_create_command(&self, user: &User, more: &[&str]) {
        let identity = [
            "create",
            "--username",
            &user.username,
            "--email",
            &user.email,
            "--full-name",
            &user.full_name,
            "--password-stdin",
        ];
        let arguments = [&identity[..], more].concat();
        let output = self.run_user_command_with_input(&arguments, &user.password);
        assert_eq!(output.exit_code, 0, "{output:?}");
    }
}
