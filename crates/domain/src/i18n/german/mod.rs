mod islands;
mod notifications;
mod pages;
mod payments;
mod problems;

pub use islands::WORDS;
pub use notifications::letter;
pub use pages::PAGES;

/// "1 Tag", "2 Tagen": the form after "in" and "vor".
fn count(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
