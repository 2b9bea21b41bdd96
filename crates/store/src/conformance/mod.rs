//! The suite that every engine passes (being written).
