//! The vault: keys kept outside the database, and what is sealed, hashed or derived with them.
//!
//! One root key of 32 bytes lives in a file beside the data or wherever the configuration says. From it are derived (by
//! HMAC-SHA-256 over a label) the key that hashes telephone numbers for look-up, the key from which tracking secrets
//! follow, and the seed of the key that signs seals: it stays, or every secret that a reporter was told would be void.
//! Every personal value has a key of its own, wrapped by a master key: erasing a person destroys that key and leaves the
//! history whole. The first master key is derived from the root key; later ones are random and can be renewed.

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
    /// Later master keys, the newest last.
    masters: Arc<Vec<[u8; KEY_BYTES]>>,
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
        Self::with_masters(root, Vec::new(), random)
    }

    /// A vault over a root key and later master keys, the newest last: it seals with the newest and opens with all.
    pub fn with_masters(root: [u8; KEY_BYTES], masters: Vec<[u8; KEY_BYTES]>, random: Arc<dyn Random>) -> Self {
        Self {
            root: Arc::new(root),
            masters: Arc::new(masters),
            random,
        }
    }

    /// The same keys with another source of fresh ones.
    pub fn with_random(&self, random: Arc<dyn Random>) -> Self {
        Self {
            root: Arc::clone(&self.root),
            masters: Arc::clone(&self.masters),
            random,
        }
    }

    /// Which root key this is: the beginning of its hash, safe to show and to write into a backup.
    pub fn key_id(&self) -> String {
        hex(&Sha256::digest(self.derive("key id"))[..8])
    }

    /// Which master key seals now; before the first renewal it goes by the root key's name.
    pub fn master_id(&self) -> String {
        self.master().0
    }

    /// Whether it opens what this master key wraps.
    pub fn holds(&self, key_id: &str) -> bool {
        self.master_named(key_id).is_some()
    }

    /// The name and the wrapping key of the newest master key.
    fn master(&self) -> (String, [u8; KEY_BYTES]) {
        match self.masters.last() {
            None => (self.key_id(), self.derive("key wrap")),
            Some(master) => wrapping(master),
        }
    }

    /// The wrapping key of this name, where the vault holds it.
    fn master_named(&self, key_id: &str) -> Option<[u8; KEY_BYTES]> {
        if key_id == self.key_id() {
            return Some(self.derive("key wrap"));
        }
        let named = self.masters.iter().map(wrapping).find(|(id, _)| id == key_id);
        named.map(|(_, key)| key)
    }

    /// The same value with its key wrapped by the newest master key; `None` where it is already, or was erased.
    ///
    /// # Errors
    /// When the vault does not hold the master key that wraps it now, or the value was changed.
    pub fn rewrapped(&self, sealed: &Sealed) -> Result<Option<Sealed>, VaultError> {
        let (key_id, master) = self.master();
        if sealed.key_id == key_id || sealed.wrapped_key.is_empty() {
            return Ok(None);
        }
        let key = self.value_key(sealed)?;
        Ok(Some(Sealed {
            key_id,
            wrapped_key: self.encrypt(&master, &key, b"key"),
            sealed: sealed.sealed.clone(),
        }))
    }

    /// The key of a sealed value.
    fn value_key(&self, sealed: &Sealed) -> Result<[u8; KEY_BYTES], VaultError> {
        let master = self.master_named(&sealed.key_id).ok_or_else(|| VaultError::WrongKey {
            wanted: sealed.key_id.clone(),
            held: self.master_id(),
        })?;
        let key = decrypt(&master, &sealed.wrapped_key, b"key")?;
        <[u8; KEY_BYTES]>::try_from(key).map_err(|_| VaultError::Closed)
    }

    /// The seed of the key that signs seals.
    pub fn seal_seed(&self) -> [u8; KEY_BYTES] {
        self.derive("journal seals")
    }

    /// Seals a value with a fresh key of its own.
    pub fn seal(&self, value: &[u8]) -> Sealed {
        let mut key = [0; KEY_BYTES];
        self.random.fill(&mut key);
        let (key_id, master) = self.master();
        Sealed {
            key_id,
            wrapped_key: self.encrypt(&master, &key, b"key"),
            sealed: self.encrypt(&key, value, b"value"),
        }
    }

    /// Opens a sealed value.
    ///
    /// # Errors
    /// When it was sealed under another root key, erased or changed.
    pub fn open(&self, sealed: &Sealed) -> Result<Vec<u8>, VaultError> {
        decrypt(&self.value_key(sealed)?, &sealed.sealed, b"value")
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
        mac(&self.root, label, data)
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

fn mac(key: &[u8; KEY_BYTES], label: &str, data: &[u8]) -> [u8; KEY_BYTES] {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.update(label.as_bytes());
    mac.update(&[0]);
    mac.update(data);
    mac.finalize().into_bytes().into()
}

/// The name of a master key, and the key that wraps with it.
fn wrapping(master: &[u8; KEY_BYTES]) -> (String, [u8; KEY_BYTES]) {
    let id = hex(&Sha256::digest(mac(master, "derive", b"key id"))[..8]);
    (id, mac(master, "derive", b"key wrap"))
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
    fn a_renewed_master_key_opens_what_was_rewrapped() {
        let random = Arc::new(SeededRandom::new(2));
        let old = vault(1);
        let both = Vault::with_masters([1; KEY_BYTES], vec![[5; KEY_BYTES]], random.clone());
        let sealed = old.seal(b"value");
        assert_eq!(
            both.open(&sealed).unwrap(),
            b"value",
            "the old key is kept until all is rewrapped"
        );
        let new = both
            .rewrapped(&sealed)
            .unwrap()
            .expect("it was wrapped with another key");
        assert_eq!(
            (new.key_id.as_str(), both.rewrapped(&new)),
            (both.master_id().as_str(), Ok(None))
        );
        assert_ne!(both.master_id(), both.key_id());
        assert_eq!(both.open(&new).unwrap(), b"value");
        assert!(matches!(old.open(&new), Err(VaultError::WrongKey { wanted, .. }) if wanted == new.key_id));
        assert_eq!(
            both.tracking_secret(Id(7)),
            old.tracking_secret(Id(7)),
            "secrets that were told still hold"
        );
        let erased = Sealed {
            wrapped_key: Vec::new(),
            ..sealed
        };
        assert_eq!(both.rewrapped(&erased), Ok(None));
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
