//! The API as its clients meet it: the real router over the embedded engine, with the shipped packs and places in force.

mod access;
mod administration;
mod bad_input;
mod closed_loop;
mod colleagues;
mod contract;
mod discretion;
mod document;
mod factors;
mod faults;
mod limits;
mod lists;
mod live;
mod rates;
mod registers;
mod search;
mod sessions;
mod support;
mod today;
