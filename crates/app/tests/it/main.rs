//! The use cases over the embedded engine, with a clock that stands where it is put and randomness from a seed.

mod accounts;
mod api_keys;
mod attachments;
mod audit;
mod directory;
mod discretion;
mod erasure;
mod export;
mod factors;
mod figures;
mod followers;
mod import;
mod lists;
mod mills;
mod outbox;
mod rebuild;
mod receiver;
mod seals;
mod search;
mod sessions;
mod shipped;
mod support;
mod timers;
mod units;
mod upgrade;
mod webhooks;
