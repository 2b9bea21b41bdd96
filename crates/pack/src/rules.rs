//! From the tables of packs to the parts of the model.

use std::collections::{BTreeMap, BTreeSet};

use quanyu_domain::model::{
    Act, CaseType, Channel, ClockLimit, ClockRule, Demand, EvidenceKind, Figures, Ladder, LadderAt, LadderStep,
    LimitClass, Milestone, Outcome, Parameter, Performer, Phase, RequestKind, RequestPolicy, Workflow,
};
use quanyu_domain::time::CutOff;

use crate::figures;
use crate::finding::Notes;
use crate::gather::{Pack, Packs};
use crate::language::{BY_CLASS, audience, performer};
use crate::parameters::order_durations;
use crate::record::{Record, Value, Word};
use crate::setting::{Moment, Resolver};
use crate::shape::Noun;
use crate::workflows::{self, phase_named};

/// What packs say, built and checked: the model without its place.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    pub case_types: BTreeMap<String, CaseType>,
    pub workflows: BTreeMap<String, Workflow>,
    pub limits: BTreeMap<String, LimitClass>,
    pub ladders: BTreeMap<String, Ladder>,
    pub demands: BTreeMap<String, Demand>,
    pub channels: BTreeMap<String, Channel>,
    pub outcomes: BTreeMap<String, Outcome>,
    pub evidence: BTreeMap<String, EvidenceKind>,
    pub requests: BTreeMap<RequestKind, RequestPolicy>,
    pub figures: Figures,
}

/// Builds what these packs say under these parameters. What is wrong is noted; the result is sound only if nothing is.
pub(crate) fn build(
    packs: &Packs,
    in_force: &BTreeSet<usize>,
    parameters: &BTreeMap<String, Parameter>,
    notes: &mut Notes<'_>,
) -> Rules {
    let mut rules = Rules::default();
    for pack in in_force.iter().map(|position| &packs.all[*position]) {
        let names = |noun: Noun| {
            packs
                .names(noun, &pack.sees)
                .into_iter()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        for (name, record) in pack.section("workflow") {
            rules
                .workflows
                .insert(name.text.clone(), workflows::build(name, record, &names, notes));
        }
        let mut builder = Builder {
            rules: &mut rules,
            resolver: Resolver { parameters, notes },
        };
        builder.vocabulary(pack);
        builder.limits(pack);
        pack.section("ladder")
            .for_each(|(name, record)| builder.ladder(name, record));
        pack.section("request")
            .for_each(|(name, record)| builder.request(name, record));
    }
    // Kinds of case look at workflows, limits and ladders of other packs, so they come last.
    for pack in in_force.iter().map(|position| &packs.all[*position]) {
        let mut builder = Builder {
            rules: &mut rules,
            resolver: Resolver { parameters, notes },
        };
        pack.section("case")
            .for_each(|(name, record)| builder.case(name, record));
    }
    // Figures ask about the clocks of kinds of case.
    for pack in in_force.iter().map(|position| &packs.all[*position]) {
        let mut resolver = Resolver { parameters, notes };
        figures::build(packs, pack, &mut rules, &mut resolver);
    }
    rules
}

struct Builder<'a, 's> {
    rules: &'a mut Rules,
    resolver: Resolver<'a, 's>,
}

impl Builder<'_, '_> {
    fn vocabulary(&mut self, pack: &Pack) {
        for (name, record) in pack.section("demand") {
            let mut flag = |key, default| {
                record
                    .setting(key)
                    .and_then(|setting| self.resolver.flag(setting))
                    .unwrap_or(default)
            };
            let demand = Demand {
                name: name.text.clone(),
                title: record.title("title"),
                answerable_at_intake: flag("answerable_at_intake", false),
                counts_in_rates: flag("counts_in_rates", true),
            };
            self.rules.demands.insert(name.text.clone(), demand);
        }
        for (name, record) in pack.section("channel") {
            let (title, public) = (record.title("title"), record.flag("public"));
            self.rules.channels.insert(
                name.text.clone(),
                Channel {
                    name: name.text.clone(),
                    title,
                    public,
                },
            );
        }
        for (name, record) in pack.section("outcome") {
            let (title, solved) = (record.title("title"), record.flag("solved"));
            self.rules.outcomes.insert(
                name.text.clone(),
                Outcome {
                    name: name.text.clone(),
                    title,
                    solved,
                },
            );
        }
        for (name, record) in pack.section("evidence") {
            let media = record.words("media");
            for word in media.iter().filter(|word| !is_media_type(&word.text)) {
                self.resolver.notes.error(
                    word.spot,
                    "not_a_media_type",
                    (
                        format!("`{}` 不是媒体类型", word.text),
                        format!("`{}` is no media type", word.text),
                    ),
                    (
                        "请写 \"image/*\"、\"application/pdf\" 等",
                        "write \"image/*\", \"application/pdf\" and the like",
                    ),
                );
            }
            let kind = EvidenceKind {
                name: name.text.clone(),
                title: record.title("title"),
                media: media.into_iter().map(|word| word.text).collect(),
            };
            self.rules.evidence.insert(name.text.clone(), kind);
        }
    }

    fn limits(&mut self, pack: &Pack) {
        for (name, record) in pack.section("limit") {
            let Some(duration) = record
                .setting("duration")
                .and_then(|setting| self.resolver.duration(setting))
            else {
                continue;
            };
            let class = LimitClass {
                name: name.text.clone(),
                title: record.title("title"),
                duration,
            };
            self.rules.limits.insert(name.text.clone(), class);
        }
    }

    fn ladder(&mut self, name: &Word, record: &Record) {
        let mut steps: Vec<LadderStep> = Vec::new();
        for step in record.records("step") {
            let word = step.text("name");
            if steps.iter().any(|other| other.name == word) {
                self.resolver.notes.error(
                    step.spot_of("name"),
                    "step_twice",
                    (
                        format!("此提醒方案有两步都叫 `{word}`"),
                        format!("two steps of this ladder are called `{word}`"),
                    ),
                    ("请给其中一个换名", "give one of them another name"),
                );
            }
            let Some(at) = self.moment(step) else { continue };
            if let Some(before) = steps.last()
                && stands_before(&at, &before.at)
            {
                self.resolver.notes.error(
                    step.spot_of("at"),
                    "step_out_of_order",
                    (
                        format!("`{word}` 早于写在它上面的 `{}`", before.name),
                        format!("`{word}` comes before `{}`, which stands above it", before.name),
                    ),
                    ("请按时间先后排列", "put the steps in the order of time"),
                );
            }
            let tells: Vec<_> = step
                .words("tells")
                .iter()
                .filter_map(|word| audience(&word.text))
                .collect();
            if step.is_empty_list("tells") {
                self.resolver.notes.error(
                    step.spot_of("tells"),
                    "tells_nobody",
                    ("这一步没有通知任何人", "this step tells nobody"),
                    ("请写通知谁", "name whom it tells"),
                );
            }
            steps.push(LadderStep {
                name: word,
                title: step.title("title"),
                at,
                tells,
            });
        }
        let ladder = Ladder {
            name: name.text.clone(),
            title: record.title("title"),
            steps,
        };
        self.rules.ladders.insert(name.text.clone(), ladder);
    }

    fn moment(&mut self, step: &Record) -> Option<LadderAt> {
        let Value::Moment(moment) = &step.get("at")?.value else {
            return None;
        };
        Some(match moment {
            Moment::Before(setting) => LadderAt::Before(self.resolver.duration(setting)?),
            Moment::Limit => LadderAt::Limit,
            Moment::After(setting) => LadderAt::After(self.resolver.duration(setting)?),
        })
    }

    fn request(&mut self, name: &Word, record: &Record) {
        let Some(kind) = RequestKind::ALL.into_iter().find(|kind| kind.name() == name.text) else {
            return;
        };
        let words = |key| record.words(key);
        let asked_by: Vec<Performer> = words("asked_by")
            .iter()
            .filter_map(|word| performer(&word.text))
            .collect();
        let decided_by: Vec<Performer> = words("decided_by")
            .iter()
            .filter_map(|word| performer(&word.text))
            .collect();
        let phases: Vec<Phase> = words("phases")
            .iter()
            .filter_map(|word| phase_named(&word.text))
            .collect();
        for key in ["asked_by", "decided_by", "phases"] {
            if record.is_empty_list(key) {
                self.resolver.notes.error(
                    record.spot_of(key),
                    "empty_list",
                    (format!("`{key}` 为空"), format!("`{key}` names nothing")),
                    ("请至少写一个", "name at least one"),
                );
            }
        }
        self.check_request_phases(kind, record);
        let bounded = matches!(kind, RequestKind::Extend | RequestKind::Suspend);
        match record.get("at_most") {
            Some(located) if !bounded => self.resolver.notes.error(
                located.spot,
                "asks_for_no_time",
                (
                    format!("`{}` 与时间无关", kind.name()),
                    format!("`{}` asks for no time", kind.name()),
                ),
                (
                    "请删去 `at_most`：它只限制延期和挂账",
                    "leave out `at_most`: it bounds extend and suspend",
                ),
            ),
            None if kind == RequestKind::Suspend => self.resolver.notes.error(
                record.spot,
                "endless_suspension",
                (
                    "没有期限的挂账会使时限永远停止",
                    "a suspension without an end would stop the clocks for good",
                ),
                (
                    "请添加 `at_most`，如 \"365 days\"",
                    "add `at_most`, such as \"365 days\"",
                ),
            ),
            _ => {}
        }
        let resolver = &mut self.resolver;
        let policy = RequestPolicy {
            kind,
            title: record.title("title"),
            asked_by,
            decided_by,
            phases,
            limit: record.text("limit"),
            grants_at_most: record
                .setting("grants_at_most")
                .and_then(|setting| resolver.count(setting, record.spot_of("grants_at_most"))),
            cut_off: record
                .setting("cut_off")
                .and_then(|setting| resolver.time_of_day(setting))
                .map(|time| CutOff { time }),
            before_due: record.flag("before_due"),
            at_most: record.setting("at_most").and_then(|setting| resolver.duration(setting)),
        };
        self.rules.requests.insert(kind, policy);
    }

    /// Only a closed case can be opened again, and only an open one can be returned, extended, suspended or merged.
    fn check_request_phases(&mut self, kind: RequestKind, record: &Record) {
        for word in record.words("phases") {
            let Some(phase) = phase_named(&word.text) else { continue };
            let (fits, advice) = match kind {
                RequestKind::Reopen => (
                    phase == Phase::Closed,
                    ("只有已办结的案件才能重办", "only a closed case can be opened again"),
                ),
                RequestKind::Return => (
                    phase == Phase::Handling,
                    (
                        "只有办理中的单位才有可退之单",
                        "only in handling does a unit have what it could return",
                    ),
                ),
                RequestKind::Extend | RequestKind::Suspend | RequestKind::Merge => (
                    phase != Phase::Closed,
                    (
                        "请删去：已办结的案件没有运行的时限",
                        "leave it out: a closed case has no running limit",
                    ),
                ),
                RequestKind::Exclude => (true, ("", "")),
            };
            if !fits {
                let what = (
                    format!("申请 `{}` 不能在阶段 {} 提出", kind.name(), phase.name()),
                    format!("`{}` cannot be asked for in the phase {}", kind.name(), phase.name()),
                );
                self.resolver.notes.error(word.spot, "wrong_phase", what, advice);
            }
        }
    }

    fn case(&mut self, name: &Word, record: &Record) {
        let within = record
            .setting("reopen_within")
            .and_then(|setting| self.resolver.duration(setting));
        let at_most = record
            .setting("reopen_at_most")
            .and_then(|setting| self.resolver.count(setting, record.spot_of("reopen_at_most")));
        let pair = ["reopen_within", "reopen_at_most"];
        if record.has(pair[0]) != record.has(pair[1]) {
            let written = if record.has(pair[0]) { pair[0] } else { pair[1] };
            self.resolver.notes.error(
                record.spot_of(written),
                "not_a_pair",
                (
                    "可重办的期限与次数须同时规定",
                    "how long and how often a case may be reopened go together",
                ),
                (
                    format!("{} 与 {} 请都写，或都不写", pair[0], pair[1]),
                    format!("write both {} and {}, or neither", pair[0], pair[1]),
                ),
            );
        }
        let workflow = record.text("workflow");
        let mut clocks: Vec<ClockRule> = Vec::new();
        for clock in record.records("clock") {
            let word = clock.text("name");
            if clocks.iter().any(|other| other.name == word) {
                self.resolver.notes.error(
                    clock.spot_of("name"),
                    "clock_twice",
                    (
                        format!("此案件类型有两个时限都叫 `{word}`"),
                        format!("two clocks of this kind of case are called `{word}`"),
                    ),
                    ("请给其中一个换名", "give one of them another name"),
                );
            }
            if let Some(built) = self.clock(word, clock, &workflow) {
                clocks.push(built);
            }
        }
        let case_type = CaseType {
            name: name.text.clone(),
            title: record.title("title"),
            workflow,
            clocks,
            default_limit: record.text("default_limit"),
            reopen_within: within,
            reopen_at_most: at_most.unwrap_or(0),
        };
        self.rules.case_types.insert(name.text.clone(), case_type);
    }

    fn clock(&mut self, name: String, record: &Record, workflow: &str) -> Option<ClockRule> {
        let milestone = |word: &Word| Milestone::ALL.into_iter().find(|known| known.name() == word.text);
        let starts = record.word("starts")?;
        let stops = record.words("stops");
        for word in std::iter::once(&starts).chain(&stops) {
            let Some(found) = milestone(word) else { continue };
            if let Some(workflow) = self.rules.workflows.get(workflow)
                && !reaches(workflow, found, &self.rules.requests)
            {
                self.resolver.notes.error(
                    word.spot,
                    "milestone_not_reached",
                    (
                        format!("`{}` 的任何步骤都到不了节点 `{}`", workflow.name, word.text),
                        format!("no step of `{}` reaches the milestone `{}`", workflow.name, word.text),
                    ),
                    (
                        "请写步骤能到达的节点，或添加步骤",
                        "name a milestone that its steps reach, or add the step",
                    ),
                );
            }
        }
        if let Some(word) = stops.iter().find(|word| word.text == starts.text) {
            self.resolver.notes.error(
                word.spot,
                "stops_where_it_starts",
                (
                    "此时限在起算的节点就停止",
                    "this clock stops at the milestone that starts it",
                ),
                (
                    "起算时本会重新计时：请在此处删去",
                    "a clock that starts runs anew by itself: leave it out here",
                ),
            );
        }
        let limit = record.text("limit");
        Some(ClockRule {
            name,
            title: record.title("title"),
            starts: milestone(&starts)?,
            stops: stops.iter().filter_map(milestone).collect(),
            limit: if limit == BY_CLASS {
                ClockLimit::ByClass
            } else {
                ClockLimit::Class(limit)
            },
            ladder: record.word("ladder").map(|word| word.text),
            extendable: record.flag("extendable"),
        })
    }
}

/// Whether a case that walks this workflow can reach a milestone.
fn reaches(workflow: &Workflow, milestone: Milestone, requests: &BTreeMap<RequestKind, RequestPolicy>) -> bool {
    let act = |wanted: Act| workflow.steps.iter().any(|step| step.act == wanted);
    match milestone {
        Milestone::Filed | Milestone::Closed => true,
        Milestone::Dispatched => act(Act::Dispatch),
        Milestone::Accepted => act(Act::Accept),
        Milestone::Contacted => act(Act::Contact),
        Milestone::Returned => requests.contains_key(&RequestKind::Return),
        Milestone::HandedIn => act(Act::HandIn),
        Milestone::Verified => act(Act::Pass),
        Milestone::Reworked => act(Act::Rework),
        Milestone::CalledBack => act(Act::CallBack) || act(Act::Rate),
        Milestone::Reopened => act(Act::Reopen) || requests.contains_key(&RequestKind::Reopen),
    }
}

/// Whether one moment of a ladder certainly lies before another.
fn stands_before(a: &LadderAt, b: &LadderAt) -> bool {
    match (a, b) {
        (LadderAt::Before(a), LadderAt::Before(b)) => order_durations(*a, *b).is_some_and(|order| order.is_gt()),
        (LadderAt::After(a), LadderAt::After(b)) => order_durations(*a, *b).is_some_and(|order| order.is_lt()),
        (LadderAt::Before(_), LadderAt::Limit | LadderAt::After(_)) | (LadderAt::Limit, LadderAt::After(_)) => true,
        _ => false,
    }
}

fn is_media_type(text: &str) -> bool {
    let sound = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    text.split_once('/')
        .is_some_and(|(family, kind)| sound(family) && (kind == "*" || sound(kind)))
}
