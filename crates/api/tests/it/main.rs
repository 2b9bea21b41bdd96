//! The API as its clients meet it: the real router over the embedded engine, with the shipped packs and places in force.

mod access;
mod bad_input;
mod closed_loop;
mod contract;
mod document;
mod faults;
mod lists;
mod rates;
mod registers;
mod sessions;
mod support;
