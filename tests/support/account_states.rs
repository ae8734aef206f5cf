//! Creates accounts in different states, which an attacker must not be able to tell apart.

use super::app::RunningApp;
use super::call;
use super::user::User;

impl RunningApp {
    /// Creates accounts of every state: without and with a second factor, with only a verified number, with a reported
    /// lost phone, with a required password reset after an undone change, disabled, with an unverified e-mail address,
    /// and with a requested deletion.
    pub async fn create_accounts_in_every_state(&self) -> Vec<User> {
        let reported = self.register_user().await;
        self.open_recovery(&reported).await;
        let undone = self.create_user_with_required_reset().await;
        let disabled = self.register_user().await;
        let leaving = self.register_user().await;
        let with_number = self.create_user_with_verified_number().await;
        for arguments in [
            vec!["disable", &disabled.username],
            vec!["delete", &leaving.username, "--yes"],
        ] {
            let done = self.run_user_command(&arguments);
            assert_eq!(done.exit_code, 0, "{done:?}");
        }
        let unverified = self.register_user_with_unverified_email().await;
        let with_factor = self.register_user().await;
        let mut users = vec![
            reported,
            undone,
            disabled,
            leaving,
            unverified,
            with_number,
            with_factor,
        ];
        users.extend((0..4).map(|_| self.create_user_by_command()));
        users
    }

    /// Registers a user, and removes the second factor as an operator. The account keeps its verified number.
    pub async fn create_user_with_verified_number(&self) -> User {
        let user = self.register_user().await;
        let done = self.run_user_command(&["reset-mfa", &user.username]);
        assert_eq!(done.exit_code, 0, "{done:?}");
        user
    }

    /// Registers a user whose phone change was undone, so that the account requires a password reset.
    pub async fn create_user_with_required_reset(&self) -> User {
        let user = self.register_user().await;
        let (_, _, link) = self.change_phone(&user).await;
        self.new_browser()
            .submit_form(&call::undo_change(&link))
            .await
            .expect_step();
        user
    }
}
