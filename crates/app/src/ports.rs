//! What the application needs of the world: time, ids, randomness.
//!
//! This is the one place that reads the wall clock and the machine's randomness; everything else takes a port, so that
//! the simulator and the tests can put their own in.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use jiff::Timestamp;
use jiff::tz::Offset;
use quanyu_domain::ids::{Id, SERIAL_DIGITS};

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The time, in whole microseconds.
    fn now(&self) -> Timestamp;
}

/// Gives random bytes that nobody can guess.
pub trait Random: Send + Sync {
    /// Fills the bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// The wall clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now(&self) -> Timestamp {
        quanyu_store::value::whole_microseconds(Timestamp::now())
    }
}

/// The operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the machine's randomness"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        use rand::Rng;
        rand::rng().fill_bytes(bytes);
    }
}

/// A clock that stands where it is put: for simulators, imports and tests.
#[derive(Debug)]
pub struct SetClock(std::sync::atomic::AtomicI64);

impl SetClock {
    /// A clock that stands at this time.
    pub fn at(now: Timestamp) -> Self {
        Self(std::sync::atomic::AtomicI64::new(now.as_microsecond()))
    }

    /// Puts it to another time.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.as_microsecond(), Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        // Only valid timestamps are put in.
        Timestamp::from_microsecond(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// Random bytes from a seed, for simulators and tests: the same seed gives the same bytes.
#[derive(Debug)]
pub struct SeededRandom(std::sync::Mutex<rand::rngs::StdRng>);

impl SeededRandom {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        use rand::SeedableRng;
        Self(std::sync::Mutex::new(rand::rngs::StdRng::seed_from_u64(seed)))
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        use rand::Rng;
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .fill_bytes(bytes);
    }
}

/// Mints ids: time, the node's digit, a counter that never repeats within a second.
#[derive(Debug, Clone)]
pub struct Ids {
    offset: Offset,
    node: Arc<AtomicU32>,
    counter: Arc<AtomicU32>,
}

/// How many ids a node mints before its counter begins anew.
const PER_NODE: u32 = 10_u32.pow(SERIAL_DIGITS - 1);

impl Ids {
    /// A mint for one node of 0..=9, in the place's offset. `start` is where its counter begins: a random one makes it
    /// unlikely that a node that starts again within the second repeats itself; should it, the commit conflicts and is
    /// tried again with the next id.
    pub fn new(offset: Offset, node: u32, start: u32) -> Self {
        Self::of(offset, Arc::new(AtomicU32::new(node)), start)
    }

    /// The same for a node whose digit may change, see [`quanyu_store::Store::digit`].
    pub fn of(offset: Offset, node: Arc<AtomicU32>, start: u32) -> Self {
        Self {
            offset,
            node,
            counter: Arc::new(AtomicU32::new(start % PER_NODE)),
        }
    }

    /// The place's distance from UTC, in which its days begin and end.
    pub fn offset(&self) -> Offset {
        self.offset
    }

    /// The next id.
    pub fn mint(&self, at: Timestamp) -> Id {
        let count = self.counter.fetch_add(1, Ordering::Relaxed) % PER_NODE;
        let node = self.node.load(Ordering::Relaxed) % 10;
        Id::compose(at, self.offset, node * PER_NODE + count)
    }
}
