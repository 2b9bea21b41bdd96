//! Dice: the simulator's own randomness, the same on every machine and in every version of a library.
//!
//! A die is seeded from numbers that say what it is for (the seed of the run, the ordinal of a case, the number of a
//! command), so that what one case does never depends on how many dice another has thrown.

/// A stream of pseudo-random numbers (SplitMix64, Steele et al. 2014).
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

impl Dice {
    /// Dice for one purpose.
    pub fn of(parts: &[u64]) -> Self {
        let mut dice = Self(0);
        for part in parts {
            dice.0 = dice.next() ^ part.wrapping_mul(STEP);
        }
        dice
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number of 0..1.
    pub fn unit(&mut self) -> f64 {
        // 53 bits are what an f64 holds exactly.
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A whole number below `n`; 0 where `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        ((self.unit() * n as f64) as usize).min(n.saturating_sub(1))
    }

    /// Whether something of this probability happens.
    pub fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of them.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len()))
    }

    /// The position of one of them, by weight; `None` where nothing weighs anything.
    pub fn weigh(&mut self, weights: impl Iterator<Item = f64> + Clone) -> Option<usize> {
        let total: f64 = weights.clone().sum();
        let mut left = self.unit() * total;
        let mut last = None;
        for (at, weight) in weights.enumerate().filter(|(_, weight)| *weight > 0.0) {
            last = Some(at);
            left -= weight;
            if left < 0.0 {
                break;
            }
        }
        last
    }

    /// A normal deviate (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        let (radius, angle) = (1.0 - self.unit(), self.unit());
        libm::sqrt(-2.0 * libm::log(radius)) * libm::cos(std::f64::consts::TAU * angle)
    }

    /// A log-normal deviate: half of them lie below the median; `spread` is the deviation of the logarithm.
    pub fn log_normal(&mut self, median: f64, spread: f64) -> f64 {
        median * libm::exp(spread * self.normal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_purpose_gives_the_same_numbers() {
        let mut a = Dice::of(&[1, 2]);
        let mut b = Dice::of(&[1, 2]);
        let mut c = Dice::of(&[2, 1]);
        let first = a.next();
        assert_eq!(first, b.next());
        assert_ne!(first, c.next());
    }

    #[test]
    fn numbers_are_spread_as_they_say() {
        let mut dice = Dice::of(&[7]);
        let n = 20_000;
        let mean = (0..n).map(|_| dice.unit()).sum::<f64>() / f64::from(n);
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
        let below = (0..n).filter(|_| dice.log_normal(30.0, 0.8) < 30.0).count();
        assert!((9_700..10_300).contains(&below), "{below}");
        let picked = (0..n)
            .filter(|_| dice.weigh([1.0, 0.0, 3.0].into_iter()) == Some(2))
            .count();
        assert!((14_700..15_300).contains(&picked), "{picked}");
        assert_eq!(dice.weigh([0.0].into_iter()), None);
        assert_eq!(dice.below(0), 0);
    }
}
