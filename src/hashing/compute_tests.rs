//! Tests of all hash schemes with published test vectors.

use super::*;

/// Parses a password hash and returns whether the password matches it.
fn does_password_match_hash(hash: &str, password: &str) -> bool {
    let stored = PasswordHash::parse(hash).unwrap_or_else(|error| panic!("{hash}: {error}"));
    super::verify_password(password, &stored, &mut HashMemory::default()).expect("hash is computed")
}

/// Uses test vectors of the Argon2 reference implementation (`src/test.c`), and three that were computed with it.
#[test]
fn every_argon2_variant_and_version_verifies_the_reference_vectors() {
    for text in [
        "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
        "$argon2i$v=19$m=256,t=2,p=2$c29tZXNhbHQ$T/XOJ2mh1/TIpJHfCdQan76Q5esCFVoT5MAeIM1Oq2E",
        "$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
        "$argon2id$v=16$m=256,t=2,p=1$c29tZXNhbHQ$2gcOV25Q8vOKPIl8vdxsf7QCjocJcf+erntOGHkpXm4",
        "$argon2d$v=16$m=256,t=2,p=1$c29tZXNhbHQ$vUBIaP8AxS51Q8gzLmp3KlckiS1+Mo1c8lO7yOcms3E",
        "$argon2d$v=19$m=256,t=2,p=1$c29tZXNhbHQ$JcTui6RIBUtJ78gE5Hi52CO+H5vS6Z9R1uxAB6OhUB8",
    ] {
        assert!(does_password_match_hash(text, "password"), "{text}");
        assert!(!does_password_match_hash(text, "Password"), "{text}");
    }
}

/// Uses reference vectors, with the padding that Keycloak and some other systems write.
#[test]
fn argon2_hash_with_base64_padding_verifies() {
    for text in [
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ=$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4=",
        "$argon2i$m=256,t=2,p=1$c29tZXNhbHQ=$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY=",
    ] {
        assert!(does_password_match_hash(text, "password"), "{text}");
        assert!(!does_password_match_hash(text, "Password"), "{text}");
    }
}

/// Uses test vectors of `crypt_blowfish` (`wrapper.c`), and one that was computed with libxcrypt.
#[test]
fn published_bcrypt_vectors_verify() {
    for (text, password) in [
        (
            "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            "U*U",
        ),
        (
            "$2b$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK",
            "U*U*",
        ),
        (
            "$2y$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a",
            "U*U*U",
        ),
        (
            "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy",
            "",
        ),
        (
            "$2b$04$7LCcf6rKdtqPJdKeRLEhZeWYg35rISJEj736NEDrmpcVClhLJgr/G",
            "caf\u{e9} au lait",
        ),
    ] {
        assert!(does_password_match_hash(text, password), "{password:?}");
        assert!(
            !does_password_match_hash(text, &format!("{password} ")),
            "{password:?}"
        );
    }
}

#[test]
fn only_the_first_72_bytes_count_for_bcrypt() {
    let text = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";
    let head = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    assert_eq!(head.len(), 72);
    assert!(does_password_match_hash(
        text,
        &format!("{head}chars after 72 are ignored")
    ));
    assert!(does_password_match_hash(text, head));
    assert!(!does_password_match_hash(text, &head[..71]));
}

#[test]
fn password_with_nul_never_matches_bcrypt() {
    let text = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    assert!(!does_password_match_hash(text, "U*U\0"));
    assert!(!does_password_match_hash(text, "U*U\0more"));
}

#[test]
fn unused_bits_after_a_bcrypt_salt_are_ignored() {
    let clean = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    let dirty = clean.replace("CC.E5", "CC/E5");
    assert!(does_password_match_hash(&dirty, "U*U"));
}

/// Uses test vectors of RFC 7914, section 12, and of passlib's documentation, and one computed with Python's
/// `hashlib.scrypt`.
#[test]
fn published_scrypt_vectors_verify() {
    for (text, password) in [
        (
            "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw",
            "pleaseletmein",
        ),
        (
            "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E",
            "password",
        ),
        (
            "$scrypt$ln=10,r=3,p=2$c2l4dGVlbiBzYWx0eSBieQ$PrCUi45FfC7KIeMzAObCJEhXl5OrqmFasJ11x+O6dsc",
            "caf\u{e9} au lait",
        ),
    ] {
        assert!(does_password_match_hash(text, password), "{password}");
        assert!(!does_password_match_hash(text, "another"), "{password}");
    }
}

/// Uses hashes computed with Python's `hashlib` and libxcrypt.
#[test]
fn hashes_in_the_formats_of_django_passlib_keycloak_ory_and_werkzeug_verify() {
    for text in [
        "pbkdf2_sha256$1000$seasalt12345$kWJPeDdnm/NP27F7pgljyLNgxAGvEiGCyRYSYCJnhlY=",
        "pbkdf2_sha1$1000$seasalt12345$x11bi2QD4cUdx0QZZyKzCz6PlcI=",
        "$pbkdf2$1000$................AQIDBA$Vr2i0eHLpjCTPcaBrtulJelfxIw",
        "$pbkdf2-sha256$1000$................AQIDBA$tGkHjH1F3FBSdNJmRFapm5ziYt2FW2pYsytdqW4PrTQ",
        "$pbkdf2-sha512$1000$................AQIDBA$5dSqjfXGWMICR46Cf8M.NWXprgLsQzUpWnNT8xdvCqKU2zFnCfBOKX8YD6dT6JkJt9Ga7ihGdrD8HZwPsJqdFg",
        "$pbkdf2-sha512$i=1000,l=64$++++++++++++++++AQIDBA==$5dSqjfXGWMICR46Cf8M+NWXprgLsQzUpWnNT8xdvCqKU2zFnCfBOKX8YD6dT6JkJt9Ga7ihGdrD8HZwPsJqdFg==",
        "$pbkdf2-sha256$i=1000$++++++++++++++++AQIDBA==$tGkHjH1F3FBSdNJmRFapm5ziYt2FW2pYsytdqW4PrTRHxDXeX4An7OWX+TliN6soxqU28Jzbd7ro7e1sqZZAMw==",
        "$pbkdf2$i=1000$++++++++++++++++AQIDBA==$Vr2i0eHLpjCTPcaBrtulJelfxIx73jmP+92qaECyEu2K3dBRo3/JeBq9oRKAu9zn2H1tUzw9t9xHDw/6rqWHbQ==",
        "$scrypt$ln=1024,r=8,p=1$c2l4dGVlbiBzYWx0IGJ5dGVzIGZvciAzMiBieXRlcyE=$TL7mCiAjutms+koajq9vrXMHCn0xKf6GR1630N3mJH0=",
        "$scrypt$ln=10,r=8,p=1$c2l4dGVlbiBzYWx0IGJ5dGVzIGZvciAzMiBieXRlcyE=$TL7mCiAjutms+koajq9vrXMHCn0xKf6GR1630N3mJH0=",
        "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuurQ3V7qnTQ4PhCgN7LXqxt0esLa38s8a",
        "bcrypt$$2b$04$abcdefghijklmnopqrstuuHB9CAjWTI9qhpNQhLlMu4TxZtE03Cwa",
        "scrypt$1024$seasalt12345$8$5$Izg4UgAO8Aa1738ewrPTWEhYtamJLkkaOPSyfPvEdTT3Zw/sUJqnImvE1qysN5U15UBDGRDuMFk2uT8QSRpmWg==",
        "$bcrypt-sha256$v=2,t=2b,r=4$abcdefghijklmnopqrstuu$//YjslaNQf8KhQDNz5hV8viYYt1.bsq",
        "$bcrypt-sha256$2b,4$abcdefghijklmnopqrstuu$wkU09CDduWiK9DZtGlYF36dcxHuQGC2",
        "$5$saltstring$SkC6Hlo89rowhmkprGNcAW2Dxu3LbTGCxjA.ipYkwcB",
        "$6$rounds=1000$seasalt12345$HeZ990Jk.YPwgprShyvdsOGTKYpfJUVEY2EZX9QDuJJdmwfFGL9rZx9nVmkZnw/vAj/HGzfTcj35.bwg7GMTR/",
        "scrypt:1024:8:1$seasalt12345$a045ff4f67336a57b9f7feeee91e3438b1f7fdf12be926610353ccddbef43ac44f07853d1409e7a4bf46cad1bb0fb321189b9dc2ff577507b3d2d95aecf0aaa5",
        "pbkdf2:sha1:1000$seasalt12345$c75d5b8b6403e1c51dc744196722b30b3e8f95c2",
        "pbkdf2:sha256:1000$seasalt12345$91624f7837679bf34fdbb17ba60963c8b360c401af122182c916126022678656",
        "pbkdf2:sha512:1000$seasalt12345$023814bed786d5eaf20d0199491bcfcea314d986b3aebc3a3caf56655fa3a51344113365bb0fb70ccbf50a8fa8c11878bc4f0f9a27a4ebf206f1f3a05b8a6439",
    ] {
        assert!(does_password_match_hash(text, "correct horse 7"), "{text}");
        assert!(!does_password_match_hash(text, "correct horse 8"), "{text}");
    }
    // The example of passlib's documentation.
    let passlib =
        "$bcrypt-sha256$v=2,t=2b,r=12$n79VH.0Q2TMWmt3Oqt9uku$Kq4Noyk3094Y2QlB8NdRT8SvGiI4ft2";
    assert!(
        does_password_match_hash(passlib, "password")
            && !does_password_match_hash(passlib, "Password")
    );
    let argon2 = "argon2$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    assert!(
        does_password_match_hash(argon2, "password")
            && !does_password_match_hash(argon2, "Password")
    );
}

/// Uses test vectors of <https://www.akkadia.org/drepper/SHA-crypt.txt>, with salts of at most 16 characters.
#[test]
fn published_sha_crypt_vectors_verify() {
    let long =
        "a very much longer text to encrypt.  This one even stretches over morethan one line.";
    for (text, password) in [
        (
            "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5",
            "Hello world!",
        ),
        (
            "$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA",
            "Hello world!",
        ),
        (
            "$5$rounds=1400$anotherlongsalts$Rx.j8H.h8HjEDGomFU8bDkXm3XIUnzyxf12oP84Bnq1",
            long,
        ),
        (
            "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
            "Hello world!",
        ),
        (
            "$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.",
            "Hello world!",
        ),
        (
            "$6$rounds=1400$anotherlongsalts$POfYwTEok97VWcjxIiSOjiykti.o/pQs.wPvMxQ6Fm7I6IoYN3CmLs66x9t0oSwbtEW7o7UmJEiDwGqd8p4ur1",
            long,
        ),
    ] {
        assert!(does_password_match_hash(text, password), "{text}");
        assert!(!does_password_match_hash(text, "hello world!"), "{text}");
    }
}

/// Uses hashes of 79 and 80 letters, computed with libxcrypt.
#[test]
fn overlong_password_never_matches_a_sha_crypt_hash() {
    let with_79_letters = "$6$rounds=656000$aM15713r3Xsvxbi3$0BlwVUfeX2XsU6gEVPH/YUXl7YkcWa.KvWPHNw0YjGv8fPKARIpy4HHlHBNnXtKtLZybs9YTt/7z1xn8RnNcy.";
    let with_80_letters = "$6$rounds=656000$aM15713r3Xsvxbi3$pby8.epq2fDuzKv3igMlVQHGU52Fs9Z8uJowkZM08i708OBiRDU2T2V17FzKbVcVP/Lw/sCmOEi2e6qIZjcLZ0";
    assert!(does_password_match_hash(with_79_letters, &"a".repeat(79)));
    assert!(!does_password_match_hash(with_80_letters, &"a".repeat(80)));
    let few_rounds = "$6$rounds=1000$aM15713r3Xsvxbi3$z8RvXQGhW9jWKL7Ttriasvqutp7B6HYiXpyfwez8IoTi5bX3KZAopGzaKEHaismAeubHn8i1ctMbB3oS5jPeV.";
    assert!(does_password_match_hash(few_rounds, &"a".repeat(500)));
}

/// Uses the example of <https://github.com/firebase/scrypt>, in the forms of Supabase and Ory.
#[test]
fn published_firebase_vector_verifies() {
    let signer_key =
        "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==";
    let salt_and_hash = "42xEC+ixf3L2lw==\
        $lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==";
    let text = format!("$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk={signer_key}${salt_and_hash}");
    let ory = format!("$firescrypt$ln=14,r=8,p=1${salt_and_hash}$Bw==${signer_key}");
    for text in [&text, &ory] {
        assert!(does_password_match_hash(text, "user1password"), "{text}");
        assert!(!does_password_match_hash(text, "user2password"), "{text}");
    }
    let other_separator = text.replace("ss=Bw==", "ss=CA==");
    assert!(!does_password_match_hash(&other_separator, "user1password"));
}
