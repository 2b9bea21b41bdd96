//! Seals (封存): chained, signed blocks over the journal, so that whoever keeps the newest seal off the machine can tell
//! whether the past was rewritten, even by the owner of the database.
//!
//! A block's root is a Merkle tree hash after RFC 6962 section 2.1 (SHA-256, leaves prefixed with 0x00 and nodes with
//! 0x01) whose first leaf is the hash of the block before it and whose other leaves are the block's events in canonical
//! bytes. The signature (Ed25519, RFC 8032) covers the block's columns. Everything here is pure: the key and the time are
//! given.
//!
//! **Canonical bytes.** Integers are 8 bytes, big-endian; times are integers of microseconds since 1970; a text or byte
//! string is its length in bytes as an integer, then its bytes; an absent value is one byte 0, a present one a byte 1 and
//! the value. An event is the text `quanyu event 1` and its columns in the order of the `journal` table; a block is the
//! text `quanyu seal 1` and its columns in the order of the `seal` table without the signature. A block's hash is the
//! SHA-256 of the block's canonical bytes and its signature as a byte string.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::tables::{Event, SealBlock};
use crate::value::whole_microseconds;

type Hash = [u8; 32];

/// What the first block has for the hash of the block before it.
const BEGINNING: Hash = [0; 32];

/// Where a sealed past does not hold, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {what}", self.place())]
pub struct SealFault {
    /// The block, by its number.
    pub block: i64,
    /// The position, where the fault lies at one.
    pub position: Option<i64>,
    /// What is wrong.
    pub what: String,
}

impl SealFault {
    fn place(&self) -> String {
        match self.position {
            Some(position) => format!("seal {} at position {position}", self.block),
            None => format!("seal {}", self.block),
        }
    }
}

/// What a verification has gone through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Blocks that hold.
    pub blocks: i64,
    /// Events under seal; also the last sealed position.
    pub sealed_events: i64,
    /// Hash of the last block, empty when there is none: what to compare with a seal kept elsewhere.
    pub last_hash: Vec<u8>,
}

/// Seals the events that follow the previous block: all of them, in order, at least one.
pub fn seal(
    previous: Option<&SealBlock>,
    events: &[Event],
    sealed_at: Timestamp,
    key_id: &str,
    key: &SigningKey,
) -> Result<SealBlock, SealFault> {
    let number = previous.map_or(1, |block| block.number + 1);
    let first = previous.map_or(1, |block| block.last + 1);
    let previous = previous.map_or(BEGINNING, block_hash);
    let (root, last) = root_of(number, &previous, first, events)?;
    let mut block = SealBlock {
        number,
        first,
        last,
        root: root.to_vec(),
        previous: previous.to_vec(),
        sealed_at: whole_microseconds(sealed_at),
        signature: Vec::new(),
        key_id: key_id.to_owned(),
    };
    block.signature = key.sign(&block_bytes(&block)).to_bytes().to_vec();
    Ok(block)
}

/// Follows a chain from its first block, one block at a time, so that a journal of any length can be verified.
pub struct Verifier<'a> {
    keys: &'a dyn Fn(&str) -> Option<VerifyingKey>,
    kept_elsewhere: &'a [SealBlock],
    previous: Hash,
    report: Report,
}

impl<'a> Verifier<'a> {
    /// A verifier that goes on after a block. That the block itself holds is for an earlier look to say.
    pub fn after(
        before: &SealBlock,
        keys: &'a dyn Fn(&str) -> Option<VerifyingKey>,
        kept_elsewhere: &'a [SealBlock],
    ) -> Verifier<'a> {
        let previous = block_hash(before);
        Verifier {
            keys,
            kept_elsewhere,
            previous,
            report: Report {
                blocks: before.number,
                sealed_events: before.last,
                last_hash: previous.to_vec(),
            },
        }
    }

    /// `keys` gives the public key of a key id; `kept_elsewhere` are seals that were sent off the machine, in any number
    /// and order: the chain must contain them unchanged.
    pub fn new(keys: &'a dyn Fn(&str) -> Option<VerifyingKey>, kept_elsewhere: &'a [SealBlock]) -> Verifier<'a> {
        Verifier {
            keys,
            kept_elsewhere,
            previous: BEGINNING,
            report: Report::default(),
        }
    }

    /// The next block and exactly its events.
    pub fn block(&mut self, block: &SealBlock, events: &[Event]) -> Result<(), SealFault> {
        let number = self.report.blocks + 1;
        let fault = |what: &str| {
            Err(SealFault {
                block: number,
                position: None,
                what: what.to_owned(),
            })
        };
        if block.number != number {
            return fault(&format!("block {} stands in its place", block.number));
        }
        if block.first != self.report.sealed_events + 1 {
            return fault(&format!(
                "begins at {} instead of {}",
                block.first,
                self.report.sealed_events + 1
            ));
        }
        if block.previous != self.previous {
            return fault("does not follow from the block before it");
        }
        let Some(key) = (self.keys)(&block.key_id) else {
            return fault(&format!("was signed with the unknown key {:?}", block.key_id));
        };
        let signed = Signature::from_slice(&block.signature)
            .is_ok_and(|signature| key.verify_strict(&block_bytes(block), &signature).is_ok());
        if !signed {
            return fault("its signature does not fit: the block was altered or signed by somebody else");
        }
        let (root, last) = root_of(number, &self.previous, block.first, events)?;
        if last != block.last {
            return Err(SealFault {
                block: number,
                position: Some(last.min(block.last) + 1),
                what: format!(
                    "was sealed up to position {}, the journal's part ends at {last}",
                    block.last
                ),
            });
        }
        if block.root != root {
            return fault(&format!(
                "an event between {} and {} is not what was sealed",
                block.first, block.last
            ));
        }
        if self
            .kept_elsewhere
            .iter()
            .any(|kept| kept.number == number && kept != block)
        {
            return fault("is not the seal of this number that was kept elsewhere");
        }
        self.previous = block_hash(block);
        self.report = Report {
            blocks: number,
            sealed_events: block.last,
            last_hash: self.previous.to_vec(),
        };
        Ok(())
    }

    /// The end of the chain; a seal kept elsewhere must not lie beyond it.
    pub fn finish(self) -> Result<Report, SealFault> {
        match self.kept_elsewhere.iter().find(|kept| kept.number > self.report.blocks) {
            None => Ok(self.report),
            Some(kept) => Err(SealFault {
                block: kept.number,
                position: None,
                what: "was kept elsewhere and is missing here: the end of the journal was cut off".to_owned(),
            }),
        }
    }
}

/// Verifies a chain from its first block with the journal from position 1. Events after the last block are not sealed yet
/// and are not looked at.
pub fn verify_chain(
    blocks: &[SealBlock],
    events: impl IntoIterator<Item = Event>,
    keys: &dyn Fn(&str) -> Option<VerifyingKey>,
    kept_elsewhere: &[SealBlock],
) -> Result<Report, SealFault> {
    let mut verifier = Verifier::new(keys, kept_elsewhere);
    let mut events = events.into_iter().peekable();
    for block in blocks {
        let mut inside = Vec::new();
        while let Some(event) = events.next_if(|event| event.position <= block.last) {
            inside.push(event);
        }
        verifier.block(block, &inside)?;
    }
    verifier.finish()
}

/// The hash of a block, by which the next one and whoever keeps it elsewhere know it.
pub fn block_hash(block: &SealBlock) -> Hash {
    let mut bytes = Bytes(block_bytes(block));
    bytes.string(&block.signature);
    Sha256::digest(bytes.0).into()
}

/// Merkle root and last position of a block of dense events.
fn root_of(block: i64, previous: &Hash, first: i64, events: &[Event]) -> Result<(Hash, i64), SealFault> {
    let mut tree = Tree::default();
    tree.push(previous);
    let mut next = first;
    for event in events {
        if event.position != next {
            let what = format!("position {} stands in its place", event.position);
            return Err(SealFault {
                block,
                position: Some(next),
                what,
            });
        }
        tree.push(&event_bytes(event));
        next += 1;
    }
    if next == first {
        let what = "there is no event to seal".to_owned();
        return Err(SealFault {
            block,
            position: Some(first),
            what,
        });
    }
    Ok((tree.root(), next - 1))
}

/// A Merkle tree that is given its leaves one by one and keeps only the roots of its full subtrees, largest first.
#[derive(Default)]
struct Tree {
    full: Vec<Hash>,
    leaves: u64,
}

impl Tree {
    fn push(&mut self, leaf: &[u8]) {
        let mut root: Hash = Sha256::new().chain_update([0]).chain_update(leaf).finalize().into();
        // Each trailing 1 bit of the count is a full subtree of that size, waiting for its right neighbour.
        for _ in 0..self.leaves.trailing_ones() {
            let left = self.full.pop().expect("a full subtree for each bit of the count");
            root = node(&left, &root);
        }
        self.full.push(root);
        self.leaves += 1;
    }

    /// RFC 6962 splits at the largest power of two, which is where the full subtrees meet.
    fn root(self) -> Hash {
        let smallest_first = self.full.into_iter().rev();
        smallest_first
            .reduce(|right, left| node(&left, &right))
            .unwrap_or_else(|| Sha256::digest([]).into())
    }
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new()
        .chain_update([1])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

/// The canonical bytes of an event, see the module's description.
pub fn event_bytes(event: &Event) -> Vec<u8> {
    let Event {
        position,
        district,
        noun,
        id,
        kind,
        actor,
        at,
        reason,
        body,
    } = event;
    let mut bytes = Bytes(Vec::with_capacity(256));
    bytes.string(b"quanyu event 1");
    bytes.integer(*position);
    bytes.integer(*district);
    bytes.string(noun.as_bytes());
    bytes.integer(*id);
    bytes.string(kind.as_bytes());
    bytes.string(actor.as_bytes());
    bytes.integer(at.as_microsecond());
    bytes.optional(reason.as_deref());
    bytes.string(body.as_str().as_bytes());
    bytes.0
}

fn block_bytes(block: &SealBlock) -> Vec<u8> {
    let SealBlock {
        number,
        first,
        last,
        root,
        previous,
        sealed_at,
        signature: _,
        key_id,
    } = block;
    let mut bytes = Bytes(Vec::with_capacity(256));
    bytes.string(b"quanyu seal 1");
    bytes.integer(*number);
    bytes.integer(*first);
    bytes.integer(*last);
    bytes.string(root);
    bytes.string(previous);
    bytes.integer(sealed_at.as_microsecond());
    bytes.string(key_id.as_bytes());
    bytes.0
}

struct Bytes(Vec<u8>);

impl Bytes {
    fn integer(&mut self, value: i64) {
        self.0.extend_from_slice(&value.to_be_bytes());
    }

    fn string(&mut self, value: &[u8]) {
        self.0.extend_from_slice(&(value.len() as u64).to_be_bytes());
        self.0.extend_from_slice(value);
    }

    fn optional(&mut self, value: Option<&str>) {
        match value {
            None => self.0.push(0),
            Some(value) => {
                self.0.push(1);
                self.string(value.as_bytes());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vectors of the Certificate Transparency reference implementation for RFC 6962 trees: leaf inputs and the
    /// root after each.
    #[test]
    fn the_tree_is_that_of_rfc_6962() {
        let leaves = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let bytes = |hex: &str| -> Vec<u8> {
            (0..hex.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex"))
                .collect()
        };
        for count in 1..=leaves.len() {
            let mut tree = Tree::default();
            for leaf in &leaves[..count] {
                tree.push(&bytes(leaf));
            }
            assert_eq!(tree.root().to_vec(), bytes(roots[count - 1]), "{count} leaves");
        }
    }
}
