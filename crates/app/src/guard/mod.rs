//! What stands before the doors: how often somebody may ask (by account, key and address), and how much is in hand at
//! once. Everything is kept in bounded memory, and nothing of it on disk: a server that starts again starts afresh.

mod address;
mod limiter;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use quanyu_domain::ids::Id;
use serde::Deserialize;

pub use address::{InvalidNetwork, Network, TrustedProxies};
use limiter::Limiter;

/// What kind of request it is, each with limits of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Proving who one is, with a password, a code or a token.
    SignIn,
    /// Proving a tracking secret.
    Tracking,
    /// Filing without an account.
    PublicFiling,
    /// Reading.
    Read,
    /// Changing something.
    Write,
}

/// Who is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// An account.
    Account(Id),
    /// An API key.
    Key(Id),
    /// A case whose secret is being guessed.
    Case(Id),
    /// An address; of IPv6 the network of 64 bits, because a household has as many addresses as it likes.
    Address(IpAddr),
}

/// Where a request comes from, behind the proxies that are trusted. `None`: not over a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClientAddress(pub Option<IpAddr>);

impl ClientAddress {
    /// As somebody who is counted.
    pub fn subject(self) -> Option<Subject> {
        let whole = match self.0? {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => match address.to_ipv4_mapped() {
                Some(address) => IpAddr::V4(address),
                None => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
            },
        };
        Some(Subject::Address(whole))
    }
}

/// How often something may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// How many at once.
    pub burst: u32,
    /// How many a minute after that.
    pub per_minute: u32,
}

impl Rate {
    const fn new(burst: u32, per_minute: u32) -> Self {
        Self { burst, per_minute }
    }
}

/// Limits for each class. An office behind one address is many people: what an address may do is generous.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Signing in, and wrong proofs of any kind, from an address.
    pub sign_in: Rate,
    /// Asking with tracking secrets, from an address.
    pub tracking: Rate,
    /// Wrong tracking secrets for one case, from wherever.
    pub case_secret: Rate,
    /// Filing without an account, from an address.
    pub public_filing: Rate,
    /// Reading, for an account, a key or an address.
    pub read: Rate,
    /// Changing something, for an account or a key.
    pub write: Rate,
    /// How many requests are in hand at once. Reads are turned away at three quarters of it, so that what is to be
    /// changed still is.
    pub in_hand: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sign_in: Rate::new(30, 30),
            tracking: Rate::new(30, 20),
            case_secret: Rate::new(10, 1),
            public_filing: Rate::new(30, 10),
            read: Rate::new(600, 3000),
            write: Rate::new(300, 1200),
            in_hand: 512,
        }
    }
}

/// Most things that are counted at once, some 100 bytes each.
const MOST_COUNTED: usize = 100_000;

/// The guard of a server.
#[derive(Debug)]
pub struct Guard {
    limits: Option<Limits>,
    proxies: TrustedProxies,
    limiter: Limiter<(Class, Subject)>,
    in_hand: AtomicUsize,
}

/// Ask again after so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooOften {
    /// When asking makes sense again.
    pub retry_after: Duration,
}

/// A request in hand; it is not any more when this is dropped.
#[derive(Debug)]
pub struct InHand(Arc<Guard>);

impl Drop for InHand {
    fn drop(&mut self) {
        self.0.in_hand.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Default for Guard {
    fn default() -> Self {
        Self::unlimited(TrustedProxies::default())
    }
}

impl Guard {
    /// A guard with these limits that believes these proxies.
    pub fn new(limits: Limits, proxies: TrustedProxies) -> Self {
        Self {
            limits: Some(limits),
            ..Self::unlimited(proxies)
        }
    }

    /// A guard that lets everything pass.
    pub fn unlimited(proxies: TrustedProxies) -> Self {
        Self {
            limits: None,
            proxies,
            limiter: Limiter::new(MOST_COUNTED),
            in_hand: AtomicUsize::new(0),
        }
    }

    /// Where a request comes from: its peer, or what a trusted peer says.
    pub fn client(&self, peer: Option<IpAddr>, forwarded: &[&str]) -> ClientAddress {
        ClientAddress(peer.map(|peer| self.proxies.client(peer, forwarded)))
    }

    /// Counts a request of somebody.
    ///
    /// # Errors
    /// When there were too many.
    pub fn count(&self, class: Class, subject: Option<Subject>, now: Timestamp) -> Result<(), TooOften> {
        match (self.rate(class, subject), subject) {
            (Some(rate), Some(subject)) => self.limiter.take((class, subject), rate, now),
            _ => Ok(()),
        }
    }

    /// Takes a request back that was counted, because it was none of those that are to be few.
    pub fn forgive(&self, class: Class, subject: Option<Subject>) {
        if let (Some(rate), Some(subject)) = (self.rate(class, subject), subject) {
            self.limiter.give_back((class, subject), rate);
        }
    }

    /// Takes a request into hand; `None` where there are too many already. Reads are turned away first.
    pub fn take_in_hand(self: &Arc<Self>, reads: bool) -> Option<InHand> {
        let most = self.limits.as_ref().map_or(usize::MAX, |limits| limits.in_hand);
        let most = if reads { most / 4 * 3 } else { most };
        let before = self.in_hand.fetch_add(1, Ordering::Relaxed);
        let in_hand = InHand(Arc::clone(self));
        (before < most).then_some(in_hand)
    }

    /// How many requests are in hand.
    pub fn in_hand(&self) -> usize {
        self.in_hand.load(Ordering::Relaxed)
    }

    fn rate(&self, class: Class, subject: Option<Subject>) -> Option<Rate> {
        let limits = self.limits.as_ref()?;
        Some(match (class, subject?) {
            (_, Subject::Case(_)) => limits.case_secret,
            (Class::SignIn, _) => limits.sign_in,
            (Class::Tracking, _) => limits.tracking,
            (Class::PublicFiling, _) => limits.public_filing,
            (Class::Read, _) => limits.read,
            (Class::Write, _) => limits.write,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    fn address(text: &str) -> Option<Subject> {
        ClientAddress(Some(text.parse().unwrap())).subject()
    }

    #[test]
    fn everybody_is_counted_alone_and_every_class_apart() {
        let guard = Guard::new(Limits::default(), TrustedProxies::default());
        let (one, two) = (address("192.0.2.1"), address("192.0.2.2"));
        for _ in 0..30 {
            guard.count(Class::SignIn, one, now(0)).unwrap();
        }
        let refused = guard.count(Class::SignIn, one, now(0)).unwrap_err();
        assert_eq!(refused.retry_after, Duration::from_secs(2));
        guard.count(Class::SignIn, two, now(0)).unwrap();
        guard.count(Class::Tracking, one, now(0)).unwrap();
        guard.count(Class::SignIn, one, now(2)).unwrap();
        guard.count(Class::SignIn, None, now(2)).unwrap();
        guard.forgive(Class::SignIn, one);
        guard.count(Class::SignIn, one, now(2)).unwrap();
        guard.count(Class::SignIn, one, now(2)).unwrap_err();
    }

    #[test]
    fn a_hundred_thousand_guesses_of_a_secret_take_months() {
        let guard = Guard::new(Limits::default(), TrustedProxies::default());
        let (mut passed, day) = (0, 24 * 60);
        // From a hundred addresses, ten tries a minute each, for a day.
        for minute in 0..day {
            for host in 0..100 {
                let from = address(&format!("198.51.100.{host}"));
                for _ in 0..10 {
                    let at = now(minute * 60);
                    let may = guard.count(Class::Tracking, from, at).is_ok()
                        && guard.count(Class::Tracking, Some(Subject::Case(Id(7))), at).is_ok();
                    passed += usize::from(may);
                }
            }
        }
        assert!(
            (day as usize..day as usize + 20).contains(&passed),
            "{passed} a day: 10⁵ take seventy days"
        );
    }

    #[test]
    fn a_household_is_one_whatever_address_it_takes() {
        assert_eq!(address("2001:db8:1:2:aaaa::1"), address("2001:db8:1:2:bbbb::2"));
        assert_ne!(address("2001:db8:1:2::1"), address("2001:db8:1:3::1"));
        assert_eq!(address("::ffff:192.0.2.1"), address("192.0.2.1"));
        assert_eq!(ClientAddress(None).subject(), None);
    }

    #[test]
    fn reads_are_turned_away_before_writes() {
        let limits = Limits {
            in_hand: 8,
            ..Limits::default()
        };
        let guard = Arc::new(Guard::new(limits, TrustedProxies::default()));
        let reads: Vec<_> = (0..6).map(|_| guard.take_in_hand(true).unwrap()).collect();
        assert!(guard.take_in_hand(true).is_none());
        let writes: Vec<_> = (0..2).map(|_| guard.take_in_hand(false).unwrap()).collect();
        assert!(guard.take_in_hand(false).is_none());
        assert_eq!(guard.in_hand(), 8);
        drop((reads, writes));
        assert_eq!(guard.in_hand(), 0);
        let free = Arc::new(Guard::unlimited(TrustedProxies::default()));
        assert!(
            (0..10_000)
                .map(|_| free.take_in_hand(true))
                .all(|taken| taken.is_some())
        );
    }
}
