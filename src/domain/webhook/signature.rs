//! Secrets and signatures: `v1`, HMAC-SHA256 over `id.timestamp.body`, base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// How a secret is written: this, and base64.
const PREFIX: &str = "whsec_";
/// How many bytes a secret has (the standard's 192 to 512 bits).
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// A secret, and the one that takes its place.
const MOST: usize = 2;

/// What signs messages, with noughts up to the block of its hash, which change no signature. It shows itself to nobody.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 64]);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Why a file's text is no secrets. It says nothing of what stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretsError {
    /// No line has one.
    #[error("no secret")]
    None,
    /// More than two.
    #[error("more than two secrets")]
    Many,
    /// One is not `whsec_` and base64.
    #[error("line {0} is not whsec_ and base64")]
    Unreadable(usize),
    /// One has not 24 to 64 bytes.
    #[error("the secret of line {0} has not 24 to 64 bytes")]
    Size(usize),
}

/// The secrets of a file: one a line, two while they are exchanged. Empty lines and those that begin with `#` are none.
///
/// # Errors
/// [`SecretsError`]; a file with one bad line gives none.
pub fn secrets(text: &str) -> Result<Vec<Secret>, SecretsError> {
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let at = at + 1;
        let written = line.strip_prefix(PREFIX).ok_or(SecretsError::Unreadable(at))?;
        let bytes = STANDARD.decode(written).map_err(|_| SecretsError::Unreadable(at))?;
        if !BYTES.contains(&bytes.len()) {
            return Err(SecretsError::Size(at));
        }
        let mut key = [0; 64];
        key[..bytes.len()].copy_from_slice(&bytes);
        found.push(Secret(key));
    }
    match found.len() {
        0 => Err(SecretsError::None),
        n if n > MOST => Err(SecretsError::Many),
        _ => Ok(found),
    }
}

/// The header `webhook-signature`: a signature by each secret, so that whoever knows one of them is content. `timestamp` is
/// in seconds since 1970. A message's name has no full stop, or it could be read as another message's.
#[must_use]
pub fn signatures(secrets: &[Secret], id: &str, timestamp: i64, body: &[u8]) -> String {
    let one = |secret: &Secret| {
        let mut mac = Hmac::<Sha256>::new(&secret.0.into());
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    };
    secrets.iter().map(one).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of the standard's own libraries (`libraries/*/test`, all languages have the same).
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn a_signature_is_that_of_the_published_example() {
        let secret = secrets(SECRET).unwrap();
        let signed = signatures(
            &secret,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn while_secrets_are_exchanged_both_sign() {
        let other = format!("{PREFIX}{}", STANDARD.encode([7; 32]));
        let both = secrets(&format!("# new\n{other}\n\n  {SECRET}\n")).unwrap();
        let signed = signatures(&both, "a", 1, b"x");
        let parts: Vec<&str> = signed.split(' ').collect();
        assert_eq!(
            parts,
            [signatures(&both[..1], "a", 1, b"x"), signatures(&both[1..], "a", 1, b"x")]
        );
        assert_ne!(parts[0], parts[1]);
    }

    #[test]
    fn what_is_no_secret_is_refused_and_not_repeated() {
        for (text, why) in [
            ("", SecretsError::None),
            ("# none\n", SecretsError::None),
            ("geheim", SecretsError::Unreadable(1)),
            ("\nwhsec_*", SecretsError::Unreadable(2)),
            ("whsec_c2hvcnQ=", SecretsError::Size(1)),
            (&format!("{SECRET}\n{SECRET}\n{SECRET}"), SecretsError::Many),
        ] {
            let error = secrets(text).unwrap_err();
            assert_eq!(error, why, "{text}");
            assert!(!error.to_string().contains("geheim"));
        }
        assert_eq!(format!("{:?}", secrets(SECRET).unwrap()), "[Secret(..)]");
    }
}
