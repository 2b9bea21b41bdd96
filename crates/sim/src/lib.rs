//! A district that lives: people report, staff work, limits pass, reporters answer.
//!
//! The simulator acts through the same use cases as everybody, with accounts and grants like everybody's, on a clock of
//! its own. What comes in and how staff work is written in `life.toml` of packs, how many people live where and how well
//! things go in that of places ([`Life`]). The same seed over the same rules gives the same journal, byte for byte.
//!
//! [`fill`] gives every command as a commit of its own, many of them waiting together for one write to disk;
//! [`fill_bulk`] writes the same commits in large batches. [`demo_accounts`] makes accounts for trying the product out,
//! [`publish_lately`] has clerks publish some of what was lived last.

mod arrivals;
mod bulk;
mod crew;
mod deeds;
mod demo;
mod dice;
mod life;
mod means;
mod needs;
mod photo;
mod plan;
mod publish;
mod round;
mod run;
mod setting;
mod story;
mod summary;
mod text;
mod world;

pub use demo::{DEMO_PASSWORD, DemoAccount, demo_accounts};
pub use life::{Life, LifeError};
pub use plan::{Period, Plan, Quiet, Scale};
pub use publish::{Shown, publish_lately};
pub use run::{SimError, fill, fill_bulk};
pub use summary::{Progress, Summary, request_name};
