/// Whether the server runs for development or for production.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Defaults for one machine, with the provider simulator.
    Development,
    /// Refuses unsafe values.
    Production,
}

impl Mode {
    /// The value for this mode.
    pub(super) fn pick<T>(self, development: T, production: T) -> T {
        match self {
            Self::Development => development,
            Self::Production => production,
        }
    }
}
