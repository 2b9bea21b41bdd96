//! What a case counts as in the figures: a pure function of the case and the measures in force.
//!
//! A case keeps what it has been counted as. After every decision it is reckoned anew, and the difference goes into the
//! decision's last event: the journal itself is the log of differences. Adding up the events gives the figures, without
//! evaluating any rule again, and whatever has changed since (a rule, the unit tree), what is taken back is exactly what
//! was once added.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::decide::Context;
use super::snapshot::CaseFields;
use super::{Answers, Assignment, AssignmentState, Case, Part, Sampled};
use crate::model::{CountedOn, Milestone};
use crate::units::{UnitCode, UnitTree};

/// How many levels of matters, from the top, figures are kept for.
pub const MATTER_LEVELS: usize = 2;

/// What is counted of one case for the same units, on several days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// Kind of case.
    pub kind: String,
    /// Channel.
    pub channel: String,
    /// The areas in which the case lies, the finest first.
    pub areas: Vec<UnitCode>,
    /// The unit that answers for it and those above it; empty as long as there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lead: Vec<UnitCode>,
    /// The matter's first levels, from the top.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matter: Vec<String>,
    /// By local day and measure, how much.
    pub days: BTreeMap<Date, BTreeMap<String, i64>>,
}

impl Cell {
    fn counts_for_the_same(&self, other: &Self) -> bool {
        self.lead == other.lead
            && self.areas == other.areas
            && self.matter == other.matter
            && self.kind == other.kind
            && self.channel == other.channel
    }
}

/// Adds cells to others; what comes to nothing is left out.
pub fn add(to: &mut Vec<Cell>, more: &[Cell]) {
    combine(to, more, 1);
}

/// What has to be added to one tally to get the other.
pub fn difference(before: &[Cell], after: &[Cell]) -> Vec<Cell> {
    let mut cells = after.to_vec();
    combine(&mut cells, before, -1);
    cells
}

fn combine(to: &mut Vec<Cell>, more: &[Cell], times: i64) {
    for cell in more {
        let at = to.iter().position(|known| known.counts_for_the_same(cell));
        let at = at.unwrap_or_else(|| {
            let days = BTreeMap::new();
            to.push(Cell { days, ..cell.clone() });
            to.len() - 1
        });
        let days = &mut to[at].days;
        for (day, counts) in &cell.days {
            let known = days.entry(*day).or_default();
            for (measure, count) in counts {
                let sum = known.entry(measure.clone()).or_default();
                *sum += count * times;
                if *sum == 0 {
                    known.remove(measure);
                }
            }
            if known.is_empty() {
                days.remove(day);
            }
        }
        if to[at].days.is_empty() {
            to.remove(at);
        }
    }
}

/// What a case counts as under the measures in force.
pub fn counted(context: &Context<'_>, case: &Case) -> Vec<Cell> {
    let model = context.model;
    let mut cells: Vec<Cell> = Vec::new();
    let matter: Vec<String> = case.matter.as_deref().map_or_else(Vec::new, |code| {
        let path = context.matters.path(code);
        let first = path.iter().take(MATTER_LEVELS);
        first.map(|matter| matter.code.clone()).collect()
    });
    for measure in &model.figures.measures {
        for (at, sample) in case.moments(measure.on, measure.every_time) {
            let fields = CaseFields {
                sample,
                ..CaseFields::of(context, case)
            };
            // A condition that cannot be evaluated has been found when the pack was read; here it holds for nobody.
            let holds = measure
                .condition
                .as_ref()
                .is_none_or(|when| when.holds(&fields).unwrap_or(false));
            if !holds {
                continue;
            }
            // For its filing, when nobody had it yet, answers who has it now.
            let filed = measure.on == CountedOn::Milestone(Milestone::Filed);
            let asked_at = if filed { Timestamp::MAX } else { at };
            let lead = case
                .responsible_at(asked_at)
                .map_or_else(Vec::new, |unit| with_those_above(unit, context.tree));
            let days = BTreeMap::from([(model.work_time.date(at), BTreeMap::from([(measure.name.clone(), 1)]))]);
            let cell = Cell {
                kind: case.case_type.clone(),
                channel: case.channel.clone(),
                areas: case.place.areas.clone(),
                lead,
                matter: matter.clone(),
                days,
            };
            add(&mut cells, &[cell]);
        }
    }
    cells
}

/// A unit and those above it; the unit alone where the tree does not know it.
fn with_those_above(unit: &UnitCode, tree: &UnitTree) -> Vec<UnitCode> {
    let chain: Vec<UnitCode> = tree.ancestors(unit).map(|unit| unit.code.clone()).collect();
    if chain.is_empty() { vec![unit.clone()] } else { chain }
}

impl Case {
    /// The instants at which a moment came, with the sample that each belongs to.
    fn moments(&self, on: CountedOn, every_time: bool) -> Vec<(Timestamp, Option<&Sampled>)> {
        match on {
            CountedOn::Milestone(milestone) => {
                let mut times: Vec<_> = self
                    .milestones
                    .iter()
                    .filter(|(reached, _)| *reached == milestone)
                    .map(|(_, at)| (*at, None))
                    .collect();
                if !every_time && times.len() > 1 {
                    times.drain(..times.len() - 1);
                }
                times
            }
            CountedOn::Sampled => {
                let samples = self.samples.iter();
                samples.map(|sample| (sample.closed_at, Some(sample))).collect()
            }
        }
    }

    /// The unit that answers for what happened at an instant: the one that led then. Nobody answers for a case that its last
    /// unit has given back.
    pub fn responsible_at(&self, at: Timestamp) -> Option<&UnitCode> {
        let leads = || self.assignments.iter().filter(|a| a.part == Part::Lead);
        let given_back = |a: &&Assignment| a.state == AssignmentState::Returned;
        // What a unit gives back at this very instant it still answers for.
        if let Some(returned) = leads().filter(given_back).find(|a| a.ended_at == Some(at)) {
            return Some(&returned.unit);
        }
        let lead = leads().rfind(|a| a.offered_at <= at)?;
        let gone = lead.state == AssignmentState::Returned && lead.ended_at.is_none_or(|end| end < at);
        (!gone).then_some(&lead.unit)
    }

    /// Whether it was drawn for the closing with which it is closed now.
    pub fn is_sampled(&self) -> bool {
        let closed = self.closed_at();
        closed.is_some() && self.samples.iter().any(|sample| Some(sample.closed_at) == closed)
    }

    /// The answers that count for a sample: those to the result with which the case was closed then, until it was opened
    /// again.
    pub fn answers_in<'c>(&'c self, sample: &Sampled) -> impl DoubleEndedIterator<Item = &'c Answers> + use<'c> {
        let closed = sample.closed_at;
        let times = |wanted: Milestone| {
            let milestones = self.milestones.iter();
            milestones.filter(move |(m, _)| *m == wanted).map(|(_, at)| *at)
        };
        let from = times(Milestone::HandedIn).rfind(|at| *at <= closed);
        let until = times(Milestone::Reopened).find(|at| *at > closed);
        self.answers.iter().filter(move |answers| {
            from.is_none_or(|from| answers.at >= from) && until.is_none_or(|until| answers.at < until)
        })
    }
}
