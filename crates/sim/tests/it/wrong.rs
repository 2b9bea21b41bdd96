//! A `life.toml` that does not fit says where and what.

use std::sync::Arc;

use jiff::civil::{date, datetime};
use quanyu_pack::Sources;
use quanyu_sim::{Life, SimError, fill};

use crate::support::{Town, plan, sources};

/// The shipped sources with something written otherwise in a file.
fn changed(file: &str, what: &str, into: &str) -> Sources {
    let mut sources = sources();
    let text = sources.get(file).unwrap();
    assert!(text.contains(what), "{file} has no {what}");
    let text = text.replacen(what, into, 1);
    sources.insert(file, text);
    sources
}

#[test]
fn what_does_not_read_is_told_with_its_file() {
    let core = "packs/core/life.toml";
    let grid = "packs/grid/life.toml";
    let wrong = [
        (changed(core, "desk_hours", "desk_hour"), core, "desk_hour"),
        (
            changed(core, "desk_hours = [8, 20]", "desk_hours = [20, 8]"),
            core,
            "two hours of a day",
        ),
        (changed(grid, "{half_day}巡查至", "{noon}巡查至"), grid, "{noon}"),
        (
            changed(grid, "hours = \"patrol\"", "hours = \"never\""),
            grid,
            "`never`",
        ),
        (
            changed(grid, "by = \"grid_worker\"", "by = \"leader\""),
            grid,
            "`leader` files no cases",
        ),
        (
            changed(core, "half_day = [", "half_day = [\"{half_day}\", "),
            "life.toml [fragments]",
            "lead back",
        ),
        (
            changed("places/6301/life.toml", "[district.6", "[district.x6"),
            "places/6301/life.toml",
            "six digits",
        ),
        (
            changed("places/6301/life.toml", "late = 0.0", "late = 3.0"),
            "places/6301/life.toml",
            "between 0 and 1",
        ),
    ];
    for (sources, file, what) in wrong {
        let fault = Life::load(&sources).unwrap_err();
        assert!(fault.file == file && fault.what.contains(what), "{fault}");
    }
    assert!(
        Life::load(&Sources::default())
            .unwrap_err()
            .what
            .contains("where people live")
    );
}

#[tokio::test]
async fn what_the_rules_do_not_know_is_told_before_anything_is_written() {
    let first = date(2024, 1, 1);
    let town = Town::new(first).await;
    let before = town.digests().await;
    let wrong = [
        (
            changed("packs/grid/life.toml", "code = \"1104\"", "code = \"9904\""),
            "9904",
        ),
        (
            changed(
                "packs/grid/life.toml",
                "name = \"video_patrol\"",
                "name = \"smoke_signal\"",
            ),
            "smoke_signal",
        ),
        (
            changed(
                "packs/core/life.toml",
                "solved = { matter_solved = 1 }",
                "solved = { passed_on = 1 }",
            ),
            "wrong side",
        ),
        (
            changed(
                "packs/prompt_response/life.toml",
                "case = \"resident_demand\"",
                "case = \"wish\"",
            ),
            "`wish`",
        ),
        (changed("places/6301/life.toml", "[district.6", "[district.9"), "930102"),
    ];
    for (sources, what) in wrong {
        let life = Arc::new(Life::load(&sources).unwrap());
        let plan = plan(10, first, datetime(2024, 2, 1, 0, 0, 0, 0));
        let fault = fill(&town.app, life, plan, |_| {}).await.unwrap_err();
        assert!(
            matches!(&fault, SimError::Life(fault) if fault.what.contains(what)),
            "{fault}"
        );
    }
    assert_eq!(town.digests().await, before);
}
