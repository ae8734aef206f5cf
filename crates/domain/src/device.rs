//! Device name for display, for example "Firefox on Linux", detected from the `User-Agent` header.
//!
//! Users recognise their own devices by the name. A client can send any header, so no decision depends on the name, and
//! the header itself is never shown.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// Browser and operating system of a user's device, as far as recognised. Serialised as the name in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub struct Device {
    pub browser: Option<&'static str>,
    pub system: Option<&'static str>,
}

/// Recognised browsers: the token in `User-Agent`, and the name.
///
/// The first match counts, because most browsers also claim to be Chrome, and Chrome claims to be Safari.
const BROWSERS: [(&str, &str); 16] = [
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("OPT/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("YaBrowser/", "Yandex Browser"),
    ("Vivaldi/", "Vivaldi"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("Focus/", "Firefox Focus"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// Recognised operating systems: the token in `User-Agent`, and the name.
///
/// The first match counts, because an iPhone also names the Mac, and Android and ChromeOS also name Linux.
const SYSTEMS: [(&str, &str); 9] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("FreeBSD", "FreeBSD"),
    ("OpenBSD", "OpenBSD"),
    ("Linux", "Linux"),
];

impl Device {
    pub const UNKNOWN: Self = Self {
        browser: None,
        system: None,
    };

    /// Returns the device name for the database, such as "Firefox on Linux"; empty for an unknown device.
    pub fn stored_name(&self) -> String {
        match self {
            &Self::UNKNOWN => String::new(),
            known => known.to_string(),
        }
    }

    /// Parses a device name from the database. Returns the unknown device for an unrecognised name.
    pub fn from_stored(name: &str) -> Self {
        let known = |table: &[(&str, &'static str)], name: &str| {
            table
                .iter()
                .map(|(_, known)| *known)
                .find(|known| *known == name)
        };
        match name.split_once(" on ") {
            Some((browser, system)) => Self {
                browser: known(&BROWSERS, browser),
                system: known(&SYSTEMS, system),
            },
            None => Self {
                browser: known(&BROWSERS, name),
                system: known(&SYSTEMS, name),
            },
        }
    }

    /// Detects browser and operating system in a `User-Agent` header.
    pub fn from_user_agent(user_agent: &str) -> Self {
        let first = |known: &[(&str, &'static str)]| {
            known
                .iter()
                .find(|(mark, _)| user_agent.contains(mark))
                .map(|(_, name)| *name)
        };
        Self {
            browser: first(&BROWSERS),
            system: first(&SYSTEMS),
        }
    }
}

// The derived implementation would accept only `&'static str`, the type of the members.
impl<'de> Deserialize<'de> for Device {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|name| Self::from_stored(&name))
    }
}

impl From<Device> for String {
    fn from(device: Device) -> Self {
        device.stored_name()
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.browser, self.system) {
            (Some(browser), Some(system)) => write!(f, "{browser} on {system}"),
            (Some(one), None) | (None, Some(one)) => f.write_str(one),
            (None, None) => f.write_str("Unknown device"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Headers of real browsers (MDN, "User-Agent" and "Browser detection using the user agent").
    #[test]
    fn common_browsers_and_operating_systems_are_recognised() {
        for (user_agent, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/141.0.0.0 Safari/537.36",
                "Chrome on Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like \
                 Gecko) Version/26.0 Safari/605.1.15",
                "Safari on Mac",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like \
                 Gecko) CriOS/141.0.0.0 Mobile/15E148 Safari/604.1",
                "Chrome on iPad",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) FxiOS/145.0 Mobile/15E148 Safari/605.1.15",
                "Firefox on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/141.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
                 SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
                "Samsung Internet on Android",
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/141.0.0.0 Safari/537.36",
                "Chrome on ChromeOS",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/141.0.0.0 Safari/537.36 OPR/125.0.0.0",
                "Opera on Linux",
            ),
        ] {
            let device = Device::from_user_agent(user_agent);
            assert_eq!(device.to_string(), name, "{user_agent}");
            assert_eq!(Device::from_stored(&device.stored_name()), device);
        }
    }

    #[test]
    fn unknown_user_agents_give_the_unknown_device() {
        for forged in ["", "A browser", "<script>alert(1)</script>", "\u{202e}on"] {
            let device = Device::from_user_agent(forged);
            assert_eq!(device.to_string(), "Unknown device");
            assert_eq!(device.stored_name(), "");
            assert_eq!(Device::from_stored(forged), Device::UNKNOWN, "{forged}");
        }
        for (user_agent, name) in [
            ("curl on Windows NT", "Windows"),
            ("Firefox/145.0", "Firefox"),
        ] {
            let device = Device::from_user_agent(user_agent);
            assert_eq!(device.stored_name(), name);
            assert_eq!(Device::from_stored(name), device);
        }
    }
}
