//! Parses scrypt hashes (RFC 7914) of other systems: the PHC format of passlib, the `scrypt` crate and Ory, and the
//! formats of Django and Werkzeug.

use ::argon2::password_hash::phc;
use ::scrypt::Params;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::error::InvalidHash;
use super::phc_padding::remove_base64_padding;

/// Parsed scrypt hash.
#[derive(Clone, PartialEq, Eq)]
pub struct ScryptHash {
    /// The binary logarithm of the cost parameter N.
    log_n: u32,
    /// The block size r.
    block: u32,
    /// The parallelization parameter p, computed sequentially.
    times: u32,
    pub salt: Vec<u8>,
    pub output: Vec<u8>,
}

impl ScryptHash {
    const MAX_LOG_N: u32 = 20;
    const MAX_BLOCK: u32 = 64;
    const MAX_TIMES: u32 = 16;
    /// 1 GiB, as for Argon2.
    const MAX_MEMORY_KIB: u32 = 1 << 20;
    const MIN_OUTPUT: usize = 16;
    /// The lowest value of the parameter `ln` that is N itself, because a logarithm this high is never used.
    const MIN_COST_IN_LN: u32 = 64;

    /// Parses a scrypt hash in PHC format: `$scrypt$ln=…,r=…,p=…$salt$output`, with or without base64 padding.
    ///
    /// `ln` is the binary logarithm of the cost N, or N itself as in hashes of Ory
    /// (<https://github.com/ory/kratos/blob/master/hash/hash_comparator.go>).
    pub(super) fn parse(scrypt_hash: &str) -> Result<Self, InvalidHash> {
        let hash = phc::PasswordHash::new(&remove_base64_padding(scrypt_hash))
            .map_err(|_| InvalidHash::Malformed)?;
        let plain = hash.version.is_none() && hash.params.iter().count() == 3;
        let number = |name| hash.params.get_decimal(name).filter(|_| plain);
        let number = |name| number(name).ok_or(InvalidHash::Malformed);
        let output = hash.hash.as_ref().filter(|o| o.len() >= Self::MIN_OUTPUT);
        let salt = hash.salt.ok_or(InvalidHash::Malformed)?.to_vec();
        let output = output.ok_or(InvalidHash::Malformed)?.as_bytes().to_vec();
        let cost = number("ln")?;
        let is_n = cost >= Self::MIN_COST_IN_LN && cost.is_power_of_two();
        let log_n = if is_n { cost.ilog2() } else { cost };
        Self::from_parameters(log_n, number("r")?, number("p")?, salt, output)
    }

    /// Parses a scrypt hash of Django: `scrypt$N$salt$r$p$output`, with a plain-text salt and base64 output.
    pub(super) fn parse_django_scrypt(django_hash: &str) -> Result<Self, InvalidHash> {
        let fields: Vec<&str> = django_hash.split('$').collect();
        let ["scrypt", cost, salt, block, times, output] = fields.as_slice() else {
            return Err(InvalidHash::Malformed);
        };
        let output = STANDARD.decode(output).ok();
        Self::from_text_fields([cost, block, times], salt, output)
    }

    /// Parses a scrypt hash of Werkzeug: `scrypt:N:r:p$salt$output`, with a plain-text salt and hexadecimal output.
    ///
    /// Source: <https://werkzeug.palletsprojects.com/en/stable/utils/#module-werkzeug.security>.
    pub(super) fn parse_werkzeug_scrypt(werkzeug_hash: &str) -> Result<Self, InvalidHash> {
        let fields: Vec<&str> = werkzeug_hash.split([':', '$']).collect();
        let ["scrypt", cost, block, times, salt, output] = fields.as_slice() else {
            return Err(InvalidHash::Malformed);
        };
        Self::from_text_fields([cost, block, times], salt, hex::decode(output).ok())
    }

    /// Creates a scrypt hash from the decimal numbers N, r and p, a plain-text salt and the decoded output.
    fn from_text_fields(
        numbers: [&str; 3],
        salt: &str,
        output: Option<Vec<u8>>,
    ) -> Result<Self, InvalidHash> {
        let number = |text: &str| text.parse::<u32>().map_err(|_| InvalidHash::Malformed);
        let [cost, block, times] = numbers;
        let cost = number(cost)?;
        if !cost.is_power_of_two() {
            return Err(InvalidHash::Malformed);
        }
        let output = output.filter(|output| output.len() >= Self::MIN_OUTPUT);
        let output = output.ok_or(InvalidHash::Malformed)?;
        let (log_n, salt) = (cost.ilog2(), salt.as_bytes().to_vec());
        Self::from_parameters(log_n, number(block)?, number(times)?, salt, output)
    }

    /// Creates a scrypt hash if the parameters are within the accepted bounds.
    ///
    /// `log_n` is the binary logarithm of the cost N.
    pub(super) fn from_parameters(
        log_n: u32,
        block: u32,
        times: u32,
        salt: Vec<u8>,
        output: Vec<u8>,
    ) -> Result<Self, InvalidHash> {
        let read = Self {
            log_n,
            block,
            times,
            salt,
            output,
        };
        let bounded = read.log_n <= Self::MAX_LOG_N
            && read.block <= Self::MAX_BLOCK
            && read.times <= Self::MAX_TIMES
            && read.memory_kib() <= Self::MAX_MEMORY_KIB;
        if !bounded {
            return Err(InvalidHash::TooCostly);
        }
        let has_valid_parameters = read.to_scrypt_params().is_some();
        has_valid_parameters
            .then_some(read)
            .ok_or(InvalidHash::Malformed)
    }

    /// Returns the memory in KiB that computing the scrypt hash needs.
    ///
    /// That is 128 bytes × N × r (RFC 7914, section 5).
    pub fn memory_kib(&self) -> u32 {
        (self.block << self.log_n).div_ceil(8)
    }

    /// Returns the product N × r × p of a scrypt hash. The computing time is proportional to this product.
    pub(super) fn work_factor(&self) -> u64 {
        (u64::from(self.block) * u64::from(self.times)) << self.log_n
    }

    /// Converts the parameters for the `scrypt` crate. Returns `None` if they exceed the bounds of RFC 7914, section
    /// 2.
    pub fn to_scrypt_params(&self) -> Option<Params> {
        let log_n = u8::try_from(self.log_n).ok().filter(|log_n| *log_n > 0)?;
        Params::new(log_n, self.block, self.times).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: &str = "c2FsdHNhbHRzYWx0c2FsdA";
    const OUTPUT: &str = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI";

    /// Parses a scrypt hash with cost parameters such as `ln=14,r=8,p=1`.
    ///
    /// Returns the error, or `None` if the hash is valid.
    fn find_error_in_scrypt_parameters(parameters: &str) -> Option<InvalidHash> {
        ScryptHash::parse(&format!("$scrypt${parameters}${SALT}${OUTPUT}")).err()
    }

    #[test]
    fn scrypt_memory_estimate_is_128_bytes_times_n_times_r() {
        let memory = |head: &str| {
            let hash = ScryptHash::parse(&format!("$scrypt${head}${SALT}${OUTPUT}"));
            hash.expect("valid password hash").memory_kib()
        };
        assert_eq!(memory("ln=14,r=8,p=1"), 16 * 1024);
        assert_eq!(memory("ln=17,r=8,p=4"), 128 * 1024);
        assert_eq!(memory("ln=20,r=8,p=1"), 1024 * 1024);
        assert_eq!(memory("ln=1,r=1,p=1"), 1);
    }

    #[test]
    fn scrypt_parameters_that_would_exhaust_the_server_are_refused() {
        for head in [
            "ln=21,r=8,p=1",
            "ln=20,r=9,p=1",
            "ln=63,r=8,p=1",
            "ln=4294967295,r=8,p=1",
            "ln=2097152,r=8,p=1",
            "ln=16385,r=8,p=1",
            "ln=14,r=65,p=1",
            "ln=10,r=4294967295,p=1",
            "ln=14,r=8,p=17",
        ] {
            assert_eq!(
                find_error_in_scrypt_parameters(head),
                Some(InvalidHash::TooCostly),
                "{head}"
            );
        }
    }

    #[test]
    fn ln_of_64_or_more_is_the_cost_itself() {
        let parse = |cost: u32| {
            let parsed = ScryptHash::parse(&format!("$scrypt$ln={cost},r=8,p=1${SALT}${OUTPUT}"));
            parsed.expect("valid password hash")
        };
        for (log_n, cost) in [(6, 64), (14, 16_384), (20, 1 << 20)] {
            assert!(parse(cost) == parse(log_n), "{cost}");
        }
    }

    #[test]
    fn malformed_scrypt_hashes_are_refused() {
        for head in [
            "ln=0,r=8,p=1",
            "ln=14,r=0,p=1",
            "ln=14,r=8,p=0",
            "ln=14,r=8",
            "ln=14,r=8,p=1,x=1",
            "ln=-1,r=8,p=1",
            "n=14,r=8,p=1",
            "v=1$ln=14,r=8,p=1",
        ] {
            assert_eq!(
                find_error_in_scrypt_parameters(head),
                Some(InvalidHash::Malformed),
                "{head}"
            );
        }
        let short = format!("$scrypt$ln=14,r=8,p=1${SALT}$MTIzNDU2Nzg5MDEy");
        assert!(ScryptHash::parse(&short).is_err());
    }
}
