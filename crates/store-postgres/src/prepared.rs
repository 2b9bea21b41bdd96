//! A change set as the statements that carry it out, and what their answers must be for it to hold.

use quanyu_store::change::Invalid;
use quanyu_store::tables::{CLAIM, JOURNAL};
use quanyu_store::{ChangeSet, CommitError, Expect, Json, Receipt, Record, Row, Table, Value, Write};

use crate::fault::Fault;
use crate::link::{Answer, Ask, Wants};
use crate::sql::{SchemaSql, decode};

/// A set as statements, with what their answers must be.
pub(crate) struct Prepared {
    pub steps: Vec<Step>,
    first_position: i64,
    last_position: i64,
}

/// One statement and what it must answer for the set to hold.
pub(crate) struct Step {
    table: &'static Table,
    statement: Statement,
    values: Vec<Value>,
    must: Must,
}

#[derive(Clone, Copy)]
enum Statement {
    Select,
    Insert,
    Upsert,
    Update,
    Delete,
    DeleteVersion,
}

enum Must {
    /// Nothing.
    Nothing,
    /// It changes one row; otherwise the row is not as expected.
    ChangeOne,
    /// It inserts one row; otherwise the claim is held.
    ClaimOne,
    /// It finds what is expected.
    Find(Expect),
}

impl Prepared {
    pub fn of(set: &ChangeSet, position: i64) -> Prepared {
        let mut steps = Vec::with_capacity(set.claims.len() + set.writes.len() + set.events.len());
        // Claims first: a command sent twice is to be told what the first one did, not that a row has changed.
        for claim in &set.claims {
            steps.push(Step::new(&CLAIM, Statement::Insert, claim.to_row().0, Must::ClaimOne));
        }
        for write in &set.writes {
            Step::of_write(write, &mut steps);
        }
        let mut last_position = position;
        for event in &set.events {
            last_position += 1;
            let row = event.at_position(last_position).to_row();
            steps.push(Step::new(&JOURNAL, Statement::Insert, row.0, Must::ChangeOne));
        }
        Prepared {
            steps,
            first_position: position + 1,
            last_position,
        }
    }

    pub fn events(&self) -> i64 {
        self.last_position + 1 - self.first_position
    }

    pub fn receipt(&self) -> Receipt {
        Receipt {
            first_position: self.first_position,
            last_position: self.last_position,
        }
    }

    pub fn asks<'a>(&'a self, sql: &'a SchemaSql) -> Vec<Ask<'a>> {
        self.steps.iter().map(|step| step.ask(sql)).collect()
    }

    pub fn judge(&self, answers: &[Answer]) -> Result<(), Fault> {
        self.steps
            .iter()
            .zip(answers)
            .try_for_each(|(step, answer)| step.judge(answer))
    }
}

impl Step {
    fn new(table: &'static Table, statement: Statement, values: Vec<Value>, must: Must) -> Step {
        Step {
            table,
            statement,
            values,
            must,
        }
    }

    fn of_write(write: &Write, steps: &mut Vec<Step>) {
        let table = write.table();
        let with_version = |values: &[Value], version: i64| [values, &[version.into()]].concat();
        match (write, write.expect()) {
            (Write::Put { row, .. }, Expect::Absent) => {
                steps.push(Step::new(table, Statement::Insert, row.0.clone(), Must::ChangeOne));
            }
            (Write::Put { row, .. }, Expect::Version(read)) => {
                steps.push(Step::new(
                    table,
                    Statement::Update,
                    with_version(&row.0, *read),
                    Must::ChangeOne,
                ));
            }
            (Write::Delete { key, .. }, Expect::Version(read)) => {
                steps.push(Step::new(
                    table,
                    Statement::DeleteVersion,
                    with_version(key, *read),
                    Must::ChangeOne,
                ));
            }
            // What remains has no single statement: look, then change.
            (write, expect) => {
                if *expect != Expect::Any {
                    steps.push(Step::new(
                        table,
                        Statement::Select,
                        write.key().to_vec(),
                        Must::Find(expect.clone()),
                    ));
                }
                match write {
                    Write::Put { row, .. } => {
                        steps.push(Step::new(table, Statement::Upsert, row.0.clone(), Must::Nothing));
                    }
                    Write::Delete { key, .. } => {
                        steps.push(Step::new(table, Statement::Delete, key.clone(), Must::Nothing));
                    }
                    Write::Check { .. } => {}
                }
            }
        }
    }

    fn ask<'a>(&'a self, sql: &'a SchemaSql) -> Ask<'a> {
        let sql = &sql[self.table.name];
        let (sql, wants) = match self.statement {
            Statement::Select => (&sql.select, Wants::Rows),
            Statement::Insert => (&sql.insert, Wants::Count),
            Statement::Upsert => (&sql.upsert, Wants::Count),
            Statement::Update => (&sql.update, Wants::Count),
            Statement::Delete => (&sql.delete, Wants::Count),
            Statement::DeleteVersion => (&sql.delete_version, Wants::Count),
        };
        Ask {
            sql,
            values: self.values.iter().collect(),
            wants,
        }
    }

    fn judge(&self, answer: &Answer) -> Result<(), Fault> {
        let holds = match (&self.must, answer) {
            (Must::Nothing, _) => true,
            (Must::ChangeOne | Must::ClaimOne, Answer::Count(count)) => *count == 1,
            (Must::Find(expect), Answer::Rows(rows)) => self.finds(expect, rows)?,
            _ => false,
        };
        if holds {
            return Ok(());
        }
        let key = self.values[..self.table.key_len].to_vec();
        Err(Fault::Refused(match (&self.must, key.as_slice()) {
            (Must::ClaimOne, [Value::Text(space), Value::Text(key)]) => CommitError::Duplicate {
                space: space.clone(),
                key: key.clone(),
                held: Json::empty(),
            },
            _ => CommitError::Conflict { table: self.table, key },
        }))
    }

    fn finds(&self, expect: &Expect, rows: &[tokio_postgres::Row]) -> Result<bool, Fault> {
        let stored: Option<Row> = match rows.first() {
            None => None,
            Some(row) => {
                Some(decode(self.table, row).map_err(|damaged| Fault::Refused(Invalid::from(damaged).into()))?)
            }
        };
        Ok(match expect {
            Expect::Absent => stored.is_none(),
            Expect::Same(row) => stored.as_ref() == Some(row),
            Expect::Version(version) => {
                let at = self.table.version_at().expect("the set was checked");
                stored.is_some_and(|row| row.0[at] == Value::Int(*version))
            }
            Expect::Any => true,
        })
    }
}
