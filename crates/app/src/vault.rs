//! The vault: keys kept outside the database, and what is sealed, hashed or derived with them.
//!
//! One root key of 32 bytes lives in a file beside the data or wherever the configuration says. From it are derived (by
//! HMAC-SHA-256 over a label) the key that wraps the keys of personal values, the key that hashes telephone numbers for
//! look-up, the key from which tracking secrets follow, and the seed of the key that signs seals. Every personal value
//! has a key of its own, wrapped by the first: erasing a person destroys that key and leaves the history whole.

use std::sync::Arc;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hmac::{Hmac, Mac};
use quanyu_domain::ids::Id;
use sha2::{Digest, Sha256};

use crate::ports::Random;

/// Length of the root key and of every key derived from it, in bytes.
pub const KEY_BYTES: usize = 32;
/// Length of a nonce of AES-GCM, in bytes.
const NONCE_BYTES: usize = 12;
/// Characters of a tracking secret: twelve of 32 make 60 bits.
const SECRET_CHARS: usize = 12;
/// Crockford's alphabet: no I, L, O or U to misread.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Keys, and what they are for.
#[derive(Clone)]
pub struct Vault {
    root: Arc<[u8; KEY_BYTES]>,
    random: Arc<dyn Random>,
}

/// A value sealed with a key of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Which root key wraps the value's key.
    pub key_id: String,
    /// The value's key, wrapped.
    pub wrapped_key: Vec<u8>,
    /// The value, sealed.
    pub sealed: Vec<u8>,
}

/// Why a sealed value does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// It was sealed under another root key.
    #[error("sealed with key {wanted}, but the vault holds {held}: put the right key file in place")]
    WrongKey {
        /// The key it needs.
        wanted: String,
        /// The key that is here.
        held: String,
    },
    /// It was changed, or it was erased.
    #[error("the value does not open: it was erased or damaged")]
    Closed,
}

impl Vault {
    /// A vault over a root key.
    pub fn new(root: [u8; KEY_BYTES], random: Arc<dyn Random>) -> Self {
        Self {
            root: Arc::new(root),
            random,
        }
    }

    /// The same keys with another source of fresh ones.
    pub fn with_random(&self, random: Arc<dyn Random>) -> Self {
        Self {
            root: Arc::clone(&self.root),
            random,
        }
    }

    /// Which root key this is: the beginning of its hash, safe to show and to write into a backup.
    pub fn key_id(&self) -> String {
        hex(&Sha256::digest(self.derive("key id"))[..8])
    }

    /// The seed of the key that signs seals.
    pub fn seal_seed(&self) -> [u8; KEY_BYTES] {
        self.derive("journal seals")
    }

    /// Seals a value with a fresh key of its own.
    pub fn seal(&self, value: &[u8]) -> Sealed {
        let mut key = [0; KEY_BYTES];
        self.random.fill(&mut key);
        Sealed {
            key_id: self.key_id(),
            wrapped_key: self.encrypt(&self.derive("key wrap"), &key, b"key"),
            sealed: self.encrypt(&key, value, b"value"),
        }
    }

    /// Opens a sealed value.
    ///
    /// # Errors
    /// When it was sealed under another root key, erased or changed.
    pub fn open(&self, sealed: &Sealed) -> Result<Vec<u8>, VaultError> {
        if sealed.key_id != self.key_id() {
            return Err(VaultError::WrongKey {
                wanted: sealed.key_id.clone(),
                held: self.key_id(),
            });
        }
        let key = decrypt(&self.derive("key wrap"), &sealed.wrapped_key, b"key")?;
        let key = <[u8; KEY_BYTES]>::try_from(key).map_err(|_| VaultError::Closed)?;
        decrypt(&key, &sealed.sealed, b"value")
    }

    /// The keyed hash by which a telephone number is looked up. Only digits count, so that `138 0000 1234` and
    /// `+86-13800001234` find the same person.
    pub fn phone_hash(&self, phone: &str) -> String {
        let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
        // 86 is China's country code; national mobile numbers have eleven digits.
        let national = ["0086", "86"]
            .iter()
            .find_map(|code| digits.strip_prefix(code).filter(|d| d.len() == 11));
        hex(&self.mac("phone look-up", national.unwrap_or(&digits).as_bytes()))
    }

    /// The tracking secret of a case: whoever holds it may follow, rate and reopen the case. It follows from the key and
    /// the number, so that a repeated request gives the same answer and nothing need be kept.
    pub fn tracking_secret(&self, case: Id) -> String {
        let mac = self.mac("tracking secret", &case.0.to_be_bytes());
        let mut secret = String::with_capacity(SECRET_CHARS + 2);
        for (at, byte) in mac.iter().take(SECRET_CHARS).enumerate() {
            if at > 0 && at % 4 == 0 {
                secret.push('-');
            }
            secret.push(char::from(ALPHABET[usize::from(byte % 32)]));
        }
        secret
    }

    /// Whether a secret is that of a case. Compared in constant time; case, dashes and spaces do not matter, and the
    /// letters people confuse with digits are read as them.
    pub fn is_tracking_secret(&self, case: Id, secret: &str) -> bool {
        let plain = |text: &str| -> Vec<u8> {
            text.chars()
                .filter(|c| !matches!(c, '-' | ' '))
                .map(|c| match c.to_ascii_uppercase() {
                    'O' => b'0',
                    'I' | 'L' => b'1',
                    other => u8::try_from(other).unwrap_or(b'?'),
                })
                .take(64)
                .collect()
        };
        let (given, right) = (plain(secret), plain(&self.tracking_secret(case)));
        let differs = given.iter().zip(&right).fold(0, |sum, (a, b)| sum | (a ^ b));
        given.len() == right.len() && differs == 0
    }

    fn derive(&self, label: &str) -> [u8; KEY_BYTES] {
        self.mac("derive", label.as_bytes())
    }

    fn mac(&self, label: &str, data: &[u8]) -> [u8; KEY_BYTES] {
        let mut mac =
            <Hmac<Sha256> as KeyInit>::new_from_slice(self.root.as_slice()).expect("HMAC takes keys of every length");
        mac.update(label.as_bytes());
        mac.update(&[0]);
        mac.update(data);
        mac.finalize().into_bytes().into()
    }

    fn encrypt(&self, key: &[u8; KEY_BYTES], plain: &[u8], about: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_BYTES];
        self.random.fill(&mut nonce);
        let cipher = Aes256Gcm::new(key.into());
        let sealed = cipher
            .encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: about })
            .expect("AES-GCM seals anything shorter than 64 GiB");
        [nonce.as_slice(), &sealed].concat()
    }
}

fn decrypt(key: &[u8; KEY_BYTES], sealed: &[u8], about: &[u8]) -> Result<Vec<u8>, VaultError> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE_BYTES).ok_or(VaultError::Closed)?;
    let nonce = <[u8; NONCE_BYTES]>::try_from(nonce).map_err(|_| VaultError::Closed)?;
    Aes256Gcm::new(key.into())
        .decrypt(
            &Nonce::from(nonce),
            Payload {
                msg: sealed,
                aad: about,
            },
        )
        .map_err(|_| VaultError::Closed)
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::SeededRandom;

    fn vault(key: u8) -> Vault {
        Vault::new([key; KEY_BYTES], Arc::new(SeededRandom::new(1)))
    }

    #[test]
    fn a_sealed_value_opens_with_its_key_only() {
        let sealed = vault(1).seal("张三 13800001234".as_bytes());
        assert_eq!(vault(1).open(&sealed).unwrap(), "张三 13800001234".as_bytes());
        assert!(matches!(vault(2).open(&sealed), Err(VaultError::WrongKey { .. })));
        let erased = Sealed {
            wrapped_key: Vec::new(),
            ..sealed.clone()
        };
        assert_eq!(vault(1).open(&erased), Err(VaultError::Closed));
        let mut changed = sealed;
        *changed.sealed.last_mut().unwrap() ^= 1;
        assert_eq!(vault(1).open(&changed), Err(VaultError::Closed));
    }

    #[test]
    fn numbers_are_found_however_they_are_written() {
        let (vault, other) = (vault(1), vault(2));
        let plain = vault.phone_hash("13800001234");
        assert_eq!(vault.phone_hash("+86 138-0000-1234"), plain);
        assert_ne!(vault.phone_hash("13800001235"), plain);
        assert_ne!(other.phone_hash("13800001234"), plain);
    }

    #[test]
    fn a_secret_is_told_over_the_telephone() {
        let vault = vault(1);
        let case = Id(240_315_093_022_100_123);
        let secret = vault.tracking_secret(case);
        assert_eq!(secret.len(), 14);
        assert!(vault.is_tracking_secret(case, &secret.to_lowercase().replace('-', " ")));
        assert!(!vault.is_tracking_secret(Id(case.0 + 1), &secret));
        assert!(!vault.is_tracking_secret(case, &secret[..13]));
        assert!(!vault.is_tracking_secret(case, ""));
    }
}
