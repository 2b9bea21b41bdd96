//! Plays tests through the decisions of the domain.

use jiff::Timestamp;
use quanyu_domain::cases::{
    Answer, Case, CaseEvent, CaseFact, Command, Context, Decided, Evidence, Filing, RequestInput, StepInput, TextRef,
    decide, file,
};
use quanyu_domain::directory::{Directory, Matter, Matters};
use quanyu_domain::model::{Model, RequestKind};
use quanyu_domain::refusal::Refusal;
use quanyu_domain::text::Title;
use quanyu_domain::time::{Due, WorkTime};

use super::stub::{Stub, UNITS, department};
use super::{ActAt, DueTold, Expect, Failure, Filed, Line, StepTold, Test, TestResult, What};
use crate::names::instead;

/// Plays every test and says where it went otherwise.
pub fn run(model: &Model, tests: &[Test]) -> Vec<TestResult> {
    tests
        .iter()
        .map(|test| {
            let mut play = Play {
                model,
                stub: Stub::new(),
                failures: Vec::new(),
                other: None,
            };
            play.test(test);
            TestResult {
                title: test.title.clone(),
                line: test.line.clone(),
                failures: play.failures,
            }
        })
        .collect()
}

struct Play<'a> {
    model: &'a Model,
    stub: Stub,
    failures: Vec<Failure>,
    /// The case into which a merger shall go.
    other: Option<Case>,
}

impl Play<'_> {
    fn test(&mut self, test: &Test) {
        let filed = self.file(&test.filed);
        let Some(mut case) = self.check(None, filed, &test.filed.expect, &test.filed.line) else {
            return;
        };
        let mut last = test.filed.at;
        for act in &test.acts {
            if act.at < last {
                self.fail(&act.line, "this happens before what stands above it".into());
            }
            last = act.at;
            let decided = self.act(act, &case);
            match self.check(Some(&case), decided, &act.expect, &act.line) {
                Some(after) => case = after,
                None => return,
            }
        }
    }

    fn file(&mut self, filed: &Filed) -> Result<Decided, Refusal> {
        let filing = Filing {
            id: self.stub.mint(),
            case_type: filed.case_type.clone(),
            demand: filed.demand.clone(),
            channel: filed.channel.clone(),
            matter: filed.matter.clone(),
            text: self.text(),
            place: Stub::place(filed.has_point),
            reporter: if filed.anonymous { None } else { Some(self.stub.mint()) },
            confidential: false,
            evidence: self.evidence(&filed.evidence),
            answer: filed.answer.clone().map(|outcome| Answer {
                outcome,
                reply: self.text(),
            }),
        };
        // Every matter that the test names exists.
        let matters = Matters::new(filed.matter.iter().map(|code| Matter {
            code: code.clone(),
            title: Title::new(code, code),
            demands: Vec::new(),
            keywords: Vec::new(),
            filing: String::new(),
            closing: String::new(),
        }));
        let actor = self.stub.actor(&filed.by);
        let directory = Directory::default();
        let decided = file(
            &context(self.model, &self.stub, &matters, &directory, filed.at),
            filing.clone(),
            &actor,
        )?;
        let other = Filing {
            id: self.stub.mint(),
            answer: None,
            ..filing
        };
        let context = context(self.model, &self.stub, &matters, &directory, filed.at);
        self.other = file(&context, other, &actor).ok().map(|decided| decided.case);
        Ok(decided)
    }

    fn act(&mut self, act: &ActAt, case: &Case) -> Result<Decided, Refusal> {
        let actor = self.stub.actor(&act.by);
        let command = match &act.what {
            What::Step(step) => Command::Step {
                step: step.name.clone(),
                input: Box::new(self.step_input(step, act, case)),
            },
            What::Ask { kind, more, until } => Command::Request(RequestInput {
                kind: *kind,
                reason: WORDS.into(),
                more: *more,
                until: *until,
                into: self
                    .other
                    .as_ref()
                    .map(|other| other.id)
                    .filter(|_| *kind == RequestKind::Merge),
                target: self.other.clone().map(Box::new),
                unit: None,
            }),
            What::Decide { kind, grant } => Command::Decide {
                request: case
                    .pending_requests()
                    .find(|request| request.kind == *kind)
                    .map_or(0, |r| r.number),
                grant: *grant,
                reason: WORDS.into(),
                target: self.other.clone().map(Box::new).filter(|_| *kind == RequestKind::Merge),
            },
            What::Wake => Command::Wake,
        };
        let (matters, directory) = (Matters::default(), Directory::default());
        decide(
            &context(self.model, &self.stub, &matters, &directory, act.at),
            case,
            &actor,
            command,
        )
    }

    fn step_input(&mut self, step: &StepTold, act: &ActAt, case: &Case) -> StepInput {
        let dispatches = self
            .model
            .workflow_of(&case.case_type)
            .and_then(|workflow| workflow.step(&step.name))
            .is_some_and(|step| step.act == quanyu_domain::model::Act::Dispatch);
        let lead = step.lead.as_deref().unwrap_or(UNITS[0]);
        StepInput {
            note: Some(WORDS.into()),
            reply: Some(self.text()),
            outcome: step.outcome.clone(),
            evidence: self.evidence(&step.evidence),
            lead: dispatches.then(|| department(lead)),
            assist: dispatches.then(|| step.assist.iter().map(|unit| department(unit)).collect()),
            limit_class: step.limit_class.clone(),
            unit: act.by.unit.as_deref().map(department),
            answers: step.answers,
            ..StepInput::default()
        }
    }

    fn text(&mut self) -> TextRef {
        TextRef {
            id: self.stub.mint(),
            sha256: String::new(),
        }
    }

    fn evidence(&mut self, kinds: &[String]) -> Vec<Evidence> {
        kinds
            .iter()
            .map(|kind| Evidence {
                kind: kind.clone(),
                attachment: self.stub.mint(),
            })
            .collect()
    }

    /// Holds what happened against what was expected. The case as it goes on; `None` where the test cannot.
    fn check(
        &mut self,
        before: Option<&Case>,
        decided: Result<Decided, Refusal>,
        expect: &Expect,
        line: &Line,
    ) -> Option<Case> {
        let (case, events) = match (decided, &expect.refused) {
            (Ok(decided), None) => (decided.case, decided.events),
            (Ok(_), Some(code)) => {
                self.fail(
                    &code.line,
                    format!("expected the refusal `{}`, but it was allowed", code.value),
                );
                return None;
            }
            (Err(refusal), Some(code)) if refusal.code == code.value => (before?.clone(), Vec::new()),
            (Err(refusal), expected) => {
                let (line, wanted) = match expected {
                    Some(code) => (&code.line, format!("expected the refusal `{}`, but it was", code.value)),
                    None => (line, "it was".to_owned()),
                };
                self.fail(line, format!("{wanted} refused as `{}`: {}", refusal.code, refusal.en));
                return None;
            }
        };
        self.compare(&case, &events, expect);
        Some(case)
    }

    fn compare(&mut self, case: &Case, events: &[CaseEvent], expect: &Expect) {
        if let Some(told) = &expect.state
            && told.value != case.state
        {
            let known = self
                .model
                .workflow_of(&case.case_type)
                .is_some_and(|w| w.states.contains_key(&told.value));
            let unknown = if known {
                ""
            } else {
                ", and its workflow has no such state"
            };
            self.fail(
                &told.line,
                format!("expected the state `{}`, found `{}`{unknown}", told.value, case.state),
            );
        }
        if let Some(told) = &expect.phase
            && told.value != case.phase
        {
            let what = format!("expected the phase {}, found {}", told.value.name(), case.phase.name());
            self.fail(&told.line, what);
        }
        for (name, told) in &expect.due {
            self.compare_due(case, name, told.value, &told.line);
        }
        if let Some(told) = &expect.told {
            let found: Vec<String> = events
                .iter()
                .filter_map(|event| match &event.fact {
                    CaseFact::Escalated { clock, step, .. } => Some(format!("{clock}.{step}")),
                    _ => None,
                })
                .collect();
            if found != told.value {
                self.fail(
                    &told.line,
                    format!("expected the steps {:?}, found {found:?}", told.value),
                );
            }
        }
        if let Some(told) = &expect.milestones {
            let found: Vec<_> = events
                .iter()
                .flat_map(|event| &event.milestones)
                .map(|m| m.name())
                .collect();
            let wanted: Vec<_> = told.value.iter().map(|m| m.name()).collect();
            if found != wanted {
                self.fail(
                    &told.line,
                    format!("expected the milestones {wanted:?}, found {found:?}"),
                );
            }
        }
        for (told, found, word) in [
            (&expect.suspended, case.suspended_until.is_some(), "suspended"),
            (&expect.excluded, case.excluded, "excluded"),
        ] {
            if let Some(told) = told
                && told.value != found
            {
                let not = if told.value { "" } else { "not " };
                self.fail(&told.line, format!("expected the case to be {not}{word}"));
            }
        }
    }

    fn compare_due(&mut self, case: &Case, name: &str, wanted: DueTold, line: &Line) {
        let request = RequestKind::ALL.into_iter().any(|kind| kind.name() == name);
        let clock = case
            .clocks
            .iter()
            .rev()
            .find(|clock| clock.name == name && clock.request.is_some() == request);
        let Some(clock) = clock else {
            let advice = instead(name, case.clocks.iter().map(|clock| clock.name.as_str()));
            return self.fail(line, format!("no clock `{name}` has started; {}", advice.en));
        };
        let found = match (clock.clock.stopped(), clock.clock.due()) {
            (Some(_), _) => DueTold::Stopped,
            (None, Due::At(at)) => DueTold::At(at),
            (None, Due::Paused(_)) => DueTold::Paused,
            (None, Due::NoCalendar(_)) => DueTold::NoCalendar,
        };
        if found != wanted {
            let time = &self.model.work_time;
            self.fail(
                line,
                format!(
                    "expected `{name}` {}, found it {}",
                    stands(wanted, time),
                    stands(found, time)
                ),
            );
        }
    }

    fn fail(&mut self, line: &Line, what: String) {
        self.failures.push(Failure {
            line: line.clone(),
            what,
        });
    }
}

/// What is said wherever words are needed.
const WORDS: &str = "as the test says";

fn context<'a>(
    model: &'a Model,
    stub: &'a Stub,
    matters: &'a Matters,
    directory: &'a Directory,
    now: Timestamp,
) -> Context<'a> {
    Context {
        model,
        tree: &stub.tree,
        matters,
        directory,
        now,
    }
}

fn stands(due: DueTold, time: &WorkTime) -> String {
    match due {
        DueTold::At(at) => format!("due at {}{}", time.local(at).strftime("%Y-%m-%dT%H:%M:%S"), time.offset),
        DueTold::Paused => "paused".into(),
        DueTold::Stopped => "stopped".into(),
        DueTold::NoCalendar => "without a calendar".into(),
    }
}
