//! The use cases over the embedded engine, with a clock that stands where it is put and randomness from a seed.

mod accounts;
mod attachments;
mod followers;
mod import;
mod mills;
mod registers;
mod seals;
mod sessions;
mod shipped;
mod support;
mod timers;
mod webhooks;
