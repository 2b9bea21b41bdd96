//! Workflows: states and steps, and whether a case can walk them from its filing to its end.

use std::collections::{BTreeMap, BTreeSet};

use quanyu_domain::cases::FIELDS;
use quanyu_domain::expr::Expr;
use quanyu_domain::model::{Act, Performer, Phase, State, Step, Workflow};

use crate::condition::{Vocabulary, parse};
use crate::finding::{Notes, Spot};
use crate::language::{performer, phases};
use crate::names::instead;
use crate::record::{Record, Word};
use crate::shape::Noun;

/// The most states of a workflow.
const MAX_STATES: usize = 200;
/// The most steps of a workflow.
const MAX_STEPS: usize = 500;

/// Builds a workflow and checks it. `names` gives the names of a kind that its pack sees.
pub(crate) fn build(
    name: &Word,
    record: &Record,
    names: &dyn Fn(Noun) -> Vec<String>,
    notes: &mut Notes<'_>,
) -> Workflow {
    let states: BTreeMap<String, State> = record
        .named("state")
        .iter()
        .filter_map(|(name, state)| {
            let phase = phase_named(&state.text("phase"))?;
            let state = State {
                name: name.text.clone(),
                title: state.title("title"),
                phase,
            };
            Some((name.text.clone(), state))
        })
        .collect();
    let mut building = Building {
        record,
        states: &states,
        names,
        notes,
    };
    building.check_size();
    let steps: Vec<Step> = record
        .records("step")
        .iter()
        .filter_map(|step| building.step(step))
        .collect();
    building.check_step_names(&steps);
    building.landmark("start", &[Phase::Intake, Phase::Dispatch]);
    building.landmark("returned", &[Phase::Dispatch]);
    building.landmark("merged", &[Phase::Closed]);
    building.landmark("reopened", &[Phase::Dispatch, Phase::Handling]);
    let workflow = Workflow {
        name: name.text.clone(),
        title: record.title("title"),
        start: record.text("start"),
        returned: record.text("returned"),
        merged: record.text("merged"),
        reopened: record.text("reopened"),
        steps,
        states: states.clone(),
    };
    check_paths(&workflow, record, notes);
    workflow
}

struct Building<'a, 's> {
    record: &'a Record,
    states: &'a BTreeMap<String, State>,
    names: &'a dyn Fn(Noun) -> Vec<String>,
    notes: &'a mut Notes<'s>,
}

impl Building<'_, '_> {
    fn check_size(&mut self) {
        for (key, found, most) in [
            ("state", self.record.named("state").len(), MAX_STATES),
            ("step", self.record.records("step").len(), MAX_STEPS),
        ] {
            if found > most {
                self.notes.error(
                    self.record.spot_of(key),
                    "too_many",
                    (
                        format!("`{key}` 有 {found} 个，没有人看得过来"),
                        format!("{found} {key}s are more than anybody can follow"),
                    ),
                    (
                        format!("一个流程至多 {most} 个：请分成两种案件类型"),
                        format!("a workflow has at most {most}: make two kinds of case of it"),
                    ),
                );
            }
        }
    }

    /// The state of this name, or a finding.
    fn state(&mut self, word: &Word) -> Option<&State> {
        let found = self.states.get(&word.text);
        // A state whose phase could not be read is no state here, but it has been told of already.
        let declared = self
            .record
            .named("state")
            .iter()
            .any(|(name, _)| name.text == word.text);
        if found.is_none() && !declared {
            let advice = instead(&word.text, self.states.keys().map(String::as_str));
            self.notes.error(
                word.spot,
                "unknown_state",
                (
                    format!("此流程没有状态 `{}`", word.text),
                    format!("this workflow has no state `{}`", word.text),
                ),
                advice,
            );
        }
        found
    }

    /// A state that the program itself leads to, so its phase is fixed.
    fn landmark(&mut self, key: &'static str, wanted: &[Phase]) {
        let Some(word) = self.record.word(key) else { return };
        let Some(phase) = self.state(&word).map(|state| state.phase) else {
            return;
        };
        if !wanted.contains(&phase) {
            self.notes.error(
                word.spot,
                "wrong_phase",
                (
                    format!("`{key}` 的状态属于阶段 {}", phase.name()),
                    format!("`{key}` is a state of the phase {}", phase.name()),
                ),
                (
                    format!("请写属于阶段 {} 的状态", listed(wanted)),
                    format!("name a state of the phase {}", listed(wanted)),
                ),
            );
        }
    }

    fn step(&mut self, record: &Record) -> Option<Step> {
        let act = Act::ALL.into_iter().find(|act| act.name() == record.text("act"))?;
        let from = record.words("from");
        let to = record.word("to");
        self.check_phases(act, &from, to.as_ref(), record);
        let by = record.words("by");
        self.check_performers(act, &by, record);
        Some(Step {
            name: record
                .word("name")
                .map_or_else(|| act.name().to_owned(), |word| word.text),
            title: record.title("title"),
            act,
            by: by.iter().filter_map(|word| performer(&word.text)).collect(),
            needs: record.words("needs").into_iter().map(|word| word.text).collect(),
            when: record.word("when").and_then(|word| self.condition(&word)),
            from: from.into_iter().map(|word| word.text).collect(),
            to: to.map(|word| word.text),
        })
    }

    /// Holds a step to the phases between which its act may lead.
    fn check_phases(&mut self, act: Act, from: &[Word], to: Option<&Word>, record: &Record) {
        let (starts, ends) = act.leads();
        if record.is_empty_list("from") {
            self.notes.error(
                record.spot_of("from"),
                "starts_nowhere",
                ("这一步没有起点", "this step starts nowhere"),
                ("请写它从哪些状态出发", "name the states from which it leads"),
            );
        }
        let mut left = Vec::new();
        for word in from {
            let Some(phase) = self.state(word).map(|state| state.phase) else {
                continue;
            };
            left.push((word, phase));
            if !starts.contains(&phase) {
                self.notes.error(
                    word.spot,
                    "wrong_phase",
                    (
                        format!("动作 `{}` 不能从阶段 {} 开始", act.name(), phase.name()),
                        format!("the act `{}` does not start in the phase {}", act.name(), phase.name()),
                    ),
                    (
                        format!("请从 {} 开始，或换一个动作", listed(starts)),
                        format!("let it start in {}, or choose another act", listed(starts)),
                    ),
                );
            }
        }
        match to {
            Some(word) => {
                let Some(phase) = self.state(word).map(|state| state.phase) else {
                    return;
                };
                if ends.is_empty() {
                    self.notes.error(
                        word.spot,
                        "state_stays",
                        (
                            format!("动作 `{}` 不改变状态", act.name()),
                            format!("the act `{}` leaves the state as it is", act.name()),
                        ),
                        ("请删去 `to`", "leave out `to`"),
                    );
                } else if !ends.contains(&phase) {
                    self.notes.error(
                        word.spot,
                        "wrong_phase",
                        (
                            format!("动作 `{}` 不能进入阶段 {}", act.name(), phase.name()),
                            format!("the act `{}` does not lead into the phase {}", act.name(), phase.name()),
                        ),
                        (
                            format!("请进入 {}，或换一个动作", listed(ends)),
                            format!("let it lead into {}, or choose another act", listed(ends)),
                        ),
                    );
                }
            }
            None if act == Act::Move => {
                self.notes.error(
                    record.spot,
                    "leads_nowhere",
                    ("移转没有去向", "a move leads nowhere"),
                    ("请添加 `to`：去往的状态", "add `to`: the state to which it leads"),
                );
            }
            None => {
                let stays = left.iter().find(|(_, phase)| !ends.is_empty() && !ends.contains(phase));
                if let Some((word, phase)) = stays {
                    self.notes.error(
                        word.spot,
                        "without_target",
                        (
                            format!("没有 `to`，案件会停在阶段 {}", phase.name()),
                            format!("without `to` the case stays in the phase {}", phase.name()),
                        ),
                        (
                            format!("动作 `{}` 应进入 {}：请添加 `to`", act.name(), listed(ends)),
                            format!("the act `{}` leads into {}: add `to`", act.name(), listed(ends)),
                        ),
                    );
                }
            }
        }
    }

    fn check_performers(&mut self, act: Act, by: &[Word], record: &Record) {
        if record.is_empty_list("by") {
            self.notes.error(
                record.spot_of("by"),
                "nobody_may",
                ("没有人可以做这一步", "nobody may take this step"),
                ("请写由谁来做", "name who may"),
            );
        }
        for word in by {
            let (fits, who, advice) = match performer(&word.text) {
                Some(Performer::REPORTER) => (
                    matches!(act, Act::Rate | Act::Reopen),
                    ("诉求人", "reporter"),
                    (
                        "查询码只能用来评价和要求重办",
                        "the tracking secret allows to rate and to reopen, nothing else",
                    ),
                ),
                Some(Performer::PROGRAM) => (
                    act != Act::Accept,
                    ("系统", "program"),
                    (
                        "派给单位的案件只能由承办人签收",
                        "only a handler accepts what was sent to the unit",
                    ),
                ),
                _ => continue,
            };
            if !fits {
                self.notes.error(
                    word.spot,
                    "wrong_performer",
                    (
                        format!("{}不能做动作 `{}`", who.0, act.name()),
                        format!("the {} cannot take the act `{}`", who.1, act.name()),
                    ),
                    advice,
                );
            }
        }
    }

    fn check_step_names(&mut self, steps: &[Step]) {
        let mut seen = BTreeSet::new();
        let records = self
            .record
            .records("step")
            .iter()
            .filter(|record| record.word("act").is_some());
        for (step, record) in steps.iter().zip(records) {
            if !seen.insert(step.name.as_str()) {
                self.notes.error(
                    record.get("name").map_or(record.spot, |located| located.spot),
                    "step_twice",
                    (
                        format!("此流程有两步都叫 `{}`", step.name),
                        format!("two steps of this workflow are called `{}`", step.name),
                    ),
                    (
                        "请给其中一个另写 `name`；不写则与动作同名",
                        "give one of them another `name`; without one a step is called like its act",
                    ),
                );
            }
        }
    }

    fn condition(&mut self, word: &Word) -> Option<Expr> {
        let values = |field: &str| {
            let owned = |words: Vec<&str>| words.into_iter().map(str::to_owned).collect();
            Some(match field {
                "kind" => (self.names)(Noun::Case),
                "demand" => (self.names)(Noun::Demand),
                "channel" => (self.names)(Noun::Channel),
                "limit_class" => (self.names)(Noun::Limit),
                "phase" => owned(phases()),
                "state" => owned(self.states.keys().map(String::as_str).collect()),
                _ => return None,
            })
        };
        let vocabulary = Vocabulary {
            fields: FIELDS,
            values: &values,
        };
        condition(word, &vocabulary, self.notes)
    }
}

/// The condition that a text says; what is wrong with it is noted where it stands.
pub(crate) fn condition(word: &Word, vocabulary: &Vocabulary<'_>, notes: &mut Notes<'_>) -> Option<Expr> {
    parse(&word.text, vocabulary)
        .map_err(|at| {
            let spot = inside(notes, word, at.range);
            notes.fault(spot, *at.fault);
        })
        .ok()
}

/// The stretch of the file that a stretch of a TOML string stands for. With escapes in it, the whole string.
fn inside(notes: &Notes<'_>, word: &Word, range: std::ops::Range<usize>) -> Spot {
    let written = notes
        .text(word.spot.file)
        .get(word.spot.start..word.spot.end)
        .unwrap_or_default();
    match written.find(&word.text) {
        Some(offset) => {
            let start = word.spot.start + offset;
            word.spot.at(start + range.start..start + range.end)
        }
        None => word.spot,
    }
}

/// Every state can be reached, and from every state that is not closed a closed one can be.
fn check_paths(workflow: &Workflow, record: &Record, notes: &mut Notes<'_>) {
    let spot_of = |state: &str| {
        record
            .named("state")
            .iter()
            .find(|(name, _)| name.text == state)
            .map_or(record.spot, |(name, _)| name.spot)
    };
    let edges: Vec<(&str, &str)> = workflow
        .steps
        .iter()
        .flat_map(|step| {
            step.to
                .iter()
                .flat_map(|to| step.from.iter().map(|from| (from.as_str(), to.as_str())))
        })
        .collect();
    let landmarks = [
        &workflow.start,
        &workflow.returned,
        &workflow.merged,
        &workflow.reopened,
    ];
    let reached = closure(landmarks.into_iter().map(String::as_str), &edges);
    let closed = workflow
        .states
        .values()
        .filter(|state| state.phase == Phase::Closed)
        .map(|state| state.name.as_str());
    let backwards: Vec<(&str, &str)> = edges.iter().map(|(from, to)| (*to, *from)).collect();
    let ends = closure(closed, &backwards);
    for state in workflow.states.keys().map(String::as_str) {
        if !reached.contains(state) {
            notes.error(
                spot_of(state),
                "state_not_reached",
                (
                    format!("没有步骤通往状态 `{state}`"),
                    format!("no step leads to the state `{state}`"),
                ),
                (
                    "请添加通往它的步骤，或删去该状态",
                    "add a step that does, or remove the state",
                ),
            );
        }
        if !ends.contains(state) {
            let leaves = edges.iter().any(|(from, to)| *from == state && *to != state);
            let what = if leaves {
                (
                    format!("从状态 `{state}` 出发永远不能办结"),
                    format!("from the state `{state}` a case can never be closed"),
                )
            } else {
                (
                    format!("案件离不开状态 `{state}`"),
                    format!("a case cannot leave the state `{state}`"),
                )
            };
            notes.error(
                spot_of(state),
                "state_without_end",
                what,
                (
                    "请添加通往下一状态的步骤，或把该状态归入已办结阶段",
                    "add a step that leads on, or put the state into the phase closed",
                ),
            );
        }
    }
}

fn closure<'a>(from: impl Iterator<Item = &'a str>, edges: &[(&'a str, &'a str)]) -> BTreeSet<&'a str> {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    let mut waiting: Vec<&str> = from.collect();
    while let Some(state) = waiting.pop() {
        if found.insert(state) {
            waiting.extend(edges.iter().filter(|(from, _)| *from == state).map(|(_, to)| *to));
        }
    }
    found
}

/// The phase of this name.
pub(crate) fn phase_named(name: &str) -> Option<Phase> {
    Phase::ALL.into_iter().find(|phase| phase.name() == name)
}

fn listed(phases: &[Phase]) -> String {
    phases.iter().map(|phase| phase.name()).collect::<Vec<_>>().join(" or ")
}
