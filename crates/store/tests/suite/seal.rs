//! Nothing under seal can be altered unseen.

use ed25519_dalek::{SigningKey, VerifyingKey};
use jiff::Timestamp;
use proptest::prelude::*;
use quanyu_store::seal::{SealFault, seal, verify_chain};
use quanyu_store::tables::SealBlock;
use quanyu_store::{Event, Json};

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn keys(key_id: &str) -> Option<VerifyingKey> {
    (key_id == "2031-a").then(|| key().verifying_key())
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("in range")
}

fn event(position: i64) -> Event {
    Event {
        position,
        district: 5,
        noun: "case".to_owned(),
        id: position * 3 % 7,
        kind: "filed".to_owned(),
        actor: format!("operator:{}", position % 4),
        at: at(1_900_000_000 + position),
        reason: (position % 2 == 0).then(|| "按规定".to_owned()),
        body: Json::parse(&format!(r#"{{"n":{position}}}"#)).expect("JSON"),
    }
}

/// Seals `sizes[n]` events in the n-th block.
fn sealed(sizes: &[i64]) -> (Vec<SealBlock>, Vec<Event>) {
    let events: Vec<Event> = (1..=sizes.iter().sum()).map(event).collect();
    let mut blocks: Vec<SealBlock> = Vec::new();
    let mut rest = events.as_slice();
    for size in sizes {
        let (inside, after) = rest.split_at(usize::try_from(*size).expect("small"));
        let block = seal(blocks.last(), inside, at(2_000_000_000), "2031-a", &key()).expect("dense events");
        blocks.push(block);
        rest = after;
    }
    (blocks, events)
}

fn verify(blocks: &[SealBlock], events: &[Event], kept: &[SealBlock]) -> Result<i64, SealFault> {
    verify_chain(blocks, events.iter().cloned(), &keys, kept).map(|report| report.sealed_events)
}

/// Every way to alter one event.
fn altered(event: &Event) -> Vec<Event> {
    let other = event.clone();
    vec![
        Event {
            position: event.position + 1,
            ..other.clone()
        },
        Event {
            district: event.district + 1,
            ..other.clone()
        },
        Event {
            noun: format!("{}x", event.noun),
            ..other.clone()
        },
        Event {
            id: event.id + 1,
            ..other.clone()
        },
        Event {
            kind: "closed".to_owned(),
            ..other.clone()
        },
        Event {
            actor: "somebody".to_owned(),
            ..other.clone()
        },
        Event {
            at: at(event.at.as_second() + 1),
            ..other.clone()
        },
        Event {
            reason: if event.reason.is_some() {
                None
            } else {
                Some(String::new())
            },
            ..other.clone()
        },
        // A letter moved across a border between two columns.
        Event {
            noun: "cas".to_owned(),
            kind: format!("e{}", event.kind),
            ..other.clone()
        },
        Event {
            body: Json::empty(),
            ..other
        },
    ]
}

/// Every way to alter one block.
fn altered_blocks(block: &SealBlock) -> Vec<SealBlock> {
    let flipped = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        bytes[0] ^= 1;
        bytes
    };
    let other = block.clone();
    vec![
        SealBlock {
            number: block.number + 1,
            ..other.clone()
        },
        SealBlock {
            first: block.first + 1,
            ..other.clone()
        },
        SealBlock {
            last: block.last + 1,
            ..other.clone()
        },
        SealBlock {
            last: block.last - 1,
            ..other.clone()
        },
        SealBlock {
            root: flipped(&block.root),
            ..other.clone()
        },
        SealBlock {
            previous: flipped(&block.previous),
            ..other.clone()
        },
        SealBlock {
            sealed_at: at(1),
            ..other.clone()
        },
        SealBlock {
            signature: flipped(&block.signature),
            ..other.clone()
        },
        SealBlock {
            signature: Vec::new(),
            ..other.clone()
        },
        SealBlock {
            key_id: "2031-b".to_owned(),
            ..other
        },
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn an_untouched_chain_holds(sizes in prop::collection::vec(1_i64..9, 0..5), unsealed in 0_i64..3) {
        let (blocks, mut events) = sealed(&sizes);
        let sealed_events = i64::try_from(events.len()).expect("few");
        events.extend((1..=unsealed).map(|more| event(sealed_events + more)));
        prop_assert_eq!(verify(&blocks, &events, &blocks), Ok(sealed_events));
    }

    #[test]
    fn altering_any_column_of_any_event_is_seen(sizes in prop::collection::vec(1_i64..6, 1..4)) {
        let (blocks, events) = sealed(&sizes);
        for nth in 0..events.len() {
            for event in altered(&events[nth]) {
                let mut events = events.clone();
                events[nth] = event.clone();
                prop_assert!(verify(&blocks, &events, &[]).is_err(), "{event:?} passes for the original");
            }
        }
    }

    #[test]
    fn removing_adding_or_swapping_events_is_seen(sizes in prop::collection::vec(1_i64..6, 1..4)) {
        let (blocks, events) = sealed(&sizes);
        for nth in 0..events.len() {
            let mut removed = events.clone();
            removed.remove(nth);
            prop_assert!(verify(&blocks, &removed, &[]).is_err());
            // The later ones moved up, as somebody would who covers the gap.
            let renumbered: Vec<Event> =
                removed.iter().zip(1..).map(|(event, position)| Event { position, ..event.clone() }).collect();
            prop_assert!(verify(&blocks, &renumbered, &[]).is_err());
            let mut doubled = events.clone();
            doubled.insert(nth, events[nth].clone());
            prop_assert!(verify(&blocks, &doubled, &[]).is_err());
            if nth > 0 {
                let mut swapped = events.clone();
                swapped.swap(nth - 1, nth);
                prop_assert!(verify(&blocks, &swapped, &[]).is_err());
                let (one, other) = (swapped[nth - 1].position, swapped[nth].position);
                (swapped[nth - 1].position, swapped[nth].position) = (other, one);
                prop_assert!(verify(&blocks, &swapped, &[]).is_err());
            }
        }
    }

    #[test]
    fn altering_any_block_is_seen(sizes in prop::collection::vec(1_i64..6, 1..4)) {
        let (blocks, events) = sealed(&sizes);
        for nth in 0..blocks.len() {
            for block in altered_blocks(&blocks[nth]) {
                let mut blocks = blocks.clone();
                blocks[nth] = block.clone();
                prop_assert!(verify(&blocks, &events, &[]).is_err(), "{block:?} passes for the original");
            }
            if nth + 1 < blocks.len() {
                let mut removed = blocks.clone();
                removed.remove(nth);
                prop_assert!(verify(&removed, &events, &[]).is_err());
            }
        }
    }
}

#[test]
fn a_past_rewritten_and_sealed_again_differs_from_the_seal_kept_elsewhere() {
    let (kept, events) = sealed(&[3, 2]);
    let mut rewritten = events.clone();
    rewritten[1].actor = "somebody else".to_owned();
    let first = seal(None, &rewritten[..3], at(2_000_000_000), "2031-a", &key()).expect("dense");
    let second = seal(Some(&first), &rewritten[3..], at(2_000_000_000), "2031-a", &key()).expect("dense");
    let chain = [first, second];
    assert_eq!(
        verify(&chain, &rewritten, &[]),
        Ok(5),
        "whoever holds the key can make a chain that holds in itself"
    );
    let fault = verify(&chain, &rewritten, &kept[1..]).expect_err("the kept seal tells");
    assert_eq!(fault.block, 2);
}

#[test]
fn an_end_cut_off_is_missed_by_the_seal_kept_elsewhere() {
    let (blocks, events) = sealed(&[3, 2]);
    assert_eq!(verify(&blocks[..1], &events[..3], &[]), Ok(3));
    let fault = verify(&blocks[..1], &events[..3], &blocks[1..]).expect_err("the kept seal tells");
    assert!(fault.to_string().contains("cut off"), "{fault}");
}

#[test]
fn only_dense_events_are_sealed() {
    let events = [event(1), event(3)];
    let fault = seal(None, &events, at(1), "2031-a", &key()).expect_err("a gap");
    assert_eq!((fault.block, fault.position), (1, Some(2)));
    let fault = seal(None, &[], at(1), "2031-a", &key()).expect_err("nothing");
    assert_eq!(fault.position, Some(1));
}

#[test]
fn another_key_with_the_same_name_is_seen() {
    let forger = SigningKey::from_bytes(&[8; 32]);
    let block = seal(None, &[event(1)], at(1), "2031-a", &forger).expect("dense");
    let fault = verify(&[block], &[event(1)], &[]).expect_err("not the district's key");
    assert!(fault.to_string().contains("signature"), "{fault}");
}
