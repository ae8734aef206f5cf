use std::sync::atomic::{AtomicU32, Ordering};

/// Somebody who wants an account; no two share anything but their good taste in passwords.
#[derive(Clone, Debug)]
pub struct User {
    pub full_name: String,
    pub username: String,
    pub email: String,
    pub password: String,
    pub phone: String,
}

static BORN: AtomicU32 = AtomicU32::new(0);

impl User {
    pub fn new() -> Self {
        let number = BORN.fetch_add(1, Ordering::Relaxed);
        Self {
            full_name: format!("Ann Number{number}"),
            username: format!("person{number}"),
            email: format!("mail{number}@example.com"),
            password: format!("correct horse {number} staple"),
            phone: format!("+1415555{number:04}"),
        }
    }
}
