//! Who may do what: every operation of the document, asked by every role and by nobody, through the real router. What
//! comes of it is kept in `access.md`; a change of it is a change of who may do what, and is looked at as such.

use std::fmt::Write as _;

use axum::http::Method;
use quanyu_app::cases::Caller;
use quanyu_domain::access::Role;
use quanyu_domain::units::UnitCode;
use serde_json::{Value, json};

use crate::document::{Operation, operations};
use crate::support::{Answer, Client, PASSWORD, Staff, World, compare_generated, photo, text};

/// The world in which everybody asks: the people, and what they ask about.
struct Trial {
    world: World,
    staff: Staff,
    handler: Client,
    people: Vec<Person>,
    lead: UnitCode,
    webhook: String,
    api_key: String,
    delivery: i64,
    logins: std::sync::atomic::AtomicU32,
}

/// Somebody who asks.
struct Person {
    name: &'static str,
    holds: Option<(Role, UnitCode)>,
    client: Client,
}

/// What one request is about; made anew for each, so that no request finds what another has changed.
struct Subject {
    number: String,
    secret: String,
    attachment: String,
    photo: String,
    account: String,
}

impl Trial {
    async fn new() -> Self {
        let world = World::new().await;
        let staff = world.staff().await;
        let (number, _) = staff.operator.file(world.demand()).await;
        let case = staff.dispatcher.step(&number, "dispatch", json!({})).await;
        let lead: UnitCode = text(&case["lead"]["code"]).parse().unwrap();
        let area: UnitCode = text(&case["areas"][0]["code"]).parse().unwrap();
        let handler = world.somebody(Role::Handler, &lead).await;
        let mut people = vec![Person {
            name: "nobody",
            holds: None,
            client: world.public(),
        }];
        for role in Role::ALL {
            let (unit, client) = match role {
                Role::Operator => (&world.desk, staff.operator.clone()),
                Role::Dispatcher => (&world.desk, staff.dispatcher.clone()),
                Role::Verifier => (&world.desk, staff.verifier.clone()),
                Role::CallBackClerk => (&world.desk, staff.call_back.clone()),
                Role::Supervisor => (&world.district, staff.supervisor.clone()),
                Role::Handler => (&lead, handler.clone()),
                Role::GridWorker => (&area, world.somebody(role, &area).await),
                Role::Leader => (&world.district, world.somebody(role, &world.district).await),
                Role::SystemAdmin | Role::SecurityAdmin | Role::AuditAdmin => {
                    (&world.city, world.somebody(role, &world.city).await)
                }
            };
            people.push(Person {
                name: role.name(),
                holds: Some((role, unit.clone())),
                client,
            });
        }
        people.push(Person {
            name: "holds nothing",
            holds: None,
            client: world.person("holds.nothing", &[]).await,
        });
        let admin = people
            .iter()
            .find(|person| person.name == Role::SystemAdmin.name())
            .unwrap()
            .client
            .clone();
        let hook = json!({"district": world.district.district().0, "url": "https://hall.example/quanyu"});
        let webhook = text(&admin.post("/api/v1/webhooks", hook).await.ok()["id"]);
        let key = json!({"name": "市民应用", "districts": [world.district.district().0], "rights": ["open311_file"]});
        let api_key = text(&admin.post("/api/v1/keys", key).await.ok()["id"]);
        staff.operator.file(world.demand()).await;
        quanyu_app::followers::run_until_caught_up(&world.app, &quanyu_app::followers::all())
            .await
            .unwrap();
        let waiting = admin
            .get(&format!("/api/v1/webhooks/{webhook}/deliveries?state=waiting"))
            .await
            .ok();
        let delivery = waiting["items"][0]["position"].as_i64().unwrap();
        Self {
            world,
            staff,
            handler,
            people,
            lead,
            webhook,
            api_key,
            delivery,
            logins: Default::default(),
        }
    }

    /// A case that is being handled and waits for a decision, with a photo; an account; what somebody has uploaded.
    async fn subject(&self, asks: &Client) -> Subject {
        let upload = async |client: &Client, path: &str| {
            let uploaded = client
                .raw(Method::POST, &format!("{path}?name=a.jpg"), &[], photo())
                .await;
            uploaded.body["id"].as_str().map(str::to_owned)
        };
        let attachment = upload(asks, "/api/v1/attachments").await;
        let photo = upload(&self.staff.operator, "/api/v1/attachments").await.unwrap();
        let kind = self
            .world
            .named("evidence", |kind| kind["media"].to_string().contains("image/"));
        let mut demand = self.world.demand();
        demand["evidence"] = json!([{"kind": kind, "attachment": photo}]);
        let (number, secret) = self.staff.operator.file(demand).await;
        self.staff
            .dispatcher
            .step(&number, "dispatch", json!({"lead": self.lead}))
            .await;
        self.handler.step(&number, "accept", json!({})).await;
        let extend = json!({"kind": "extend", "reason": "等待配件"});
        self.handler
            .post(&format!("/api/v1/cases/{number}/requests"), extend)
            .await
            .ok();
        let account = self.world.account(&self.login(), &[]).await;
        Subject {
            number,
            secret,
            attachment: attachment.unwrap_or_else(|| photo.clone()),
            photo,
            account,
        }
    }

    fn login(&self) -> String {
        format!(
            "person.{}",
            self.logins.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
        )
    }

    /// A request that would succeed for somebody who may make it.
    async fn ask(&self, operation: &Operation, asks: &Client) -> Answer {
        let subject = self.subject(asks).await;
        let Subject {
            number,
            secret,
            attachment,
            photo: shown,
            account,
        } = &subject;
        let district = self.world.district.district();
        let (lon, lat) = self.world.place();
        let matter = self.world.demand()["matter"].clone();
        let limit = self.world.model["limits"][0]["name"].clone();
        let row = json!({"matter": matter, "lead": self.lead, "limit_class": limit, "valid_from": "2022-01-01"});
        let concrete = operation
            .path
            .replace("{number}", number)
            .replace("{request}", "1")
            .replace("{district}", &district.to_string())
            .replace("{position}", &self.delivery.to_string());
        let with_id = |id: &str| concrete.replace("{id}", id);
        let none = Value::Null;
        let (path, body): (String, Value) = match (operation.method.as_str(), operation.path.as_str()) {
            ("GET", "/healthz" | "/readyz" | "/api/v1/openapi.json" | "/api/v1/me" | "/api/v1/sessions")
            | ("GET", "/api/v1/model" | "/api/v1/matters" | "/api/v1/units" | "/api/v1/cases" | "/api/v1/accounts")
            | ("GET", "/api/v1/webhooks" | "/api/v1/audit" | "/api/v1/directory/{district}/rows")
            | ("GET", "/api/v1/activations" | "/api/v1/model/districts" | "/api/v1/model/figures")
            | ("GET", "/api/v1/model/work-time" | "/api/v1/audit/seals" | "/api/v1/vitals")
            | ("DELETE", "/api/v1/sessions" | "/api/v1/sessions/current")
            | ("GET", "/api/v1/cases/{number}")
            | ("GET", "/api/v1/cases/{number}/timeline" | "/api/v1/cases/{number}/limits")
            | ("GET", "/api/v1/cases/{number}/proposal" | "/api/v1/cases/{number}/similar") => (concrete, none),
            ("POST", "/api/v1/sessions") => (concrete, json!({"login": "handler", "password": PASSWORD})),
            // The same password again: understood, and refused as no change.
            ("PUT", "/api/v1/me/password") => (concrete, json!({"present": PASSWORD, "new": PASSWORD})),
            ("GET", "/api/v1/matters/{code}") => (format!("/api/v1/matters/{}", text(&matter)), none),
            ("GET", "/api/v1/matters/suggestions") => (format!("{concrete}?text=%E4%BA%95%E7%9B%96"), none),
            ("GET", "/api/v1/units/changes") => (format!("{concrete}?district={district}"), none),
            ("GET", "/api/v1/units/{code}/open-work") => (format!("/api/v1/units/{}/open-work", self.lead), none),
            ("GET", "/api/v1/audit/{position}/seal") => (concrete, none),
            // No packs at all: understood, and shown to leave out what is in force.
            ("POST", "/api/v1/activations/preview") => (concrete, json!({"files": {}})),
            // Not what was previewed: understood, and refused.
            ("POST", "/api/v1/activations") => (concrete, json!({"files": {}, "source": "none", "after": 1})),
            ("GET", "/api/v1/units/{code}") => (format!("/api/v1/units/{}", self.lead), none),
            ("GET", "/api/v1/units/{code}/colleagues") => {
                let unit = if asks.token == self.handler.token {
                    &self.lead
                } else {
                    &self.world.desk
                };
                (format!("/api/v1/units/{unit}/colleagues"), none)
            }
            ("POST", "/api/v1/cases/{number}/handover") => {
                let to = self.world.account(&self.login(), &[(Role::Handler, &self.lead)]).await;
                (concrete, json!({"assignment": 1, "to": to, "reason": "休病假"}))
            }
            ("GET", "/api/v1/tallies/standing" | "/api/v1/tallies/day") => (concrete, none),
            ("GET", "/api/v1/gazetteer") => (format!("{concrete}?q=%E8%A1%97"), none),
            ("GET", "/api/v1/areas/outlines") => (format!("{concrete}?level=1"), none),
            ("GET", "/api/v1/public/rates") => (format!("{concrete}?period=2024-03&by=month"), none),
            ("GET", "/api/v1/areas/locate") => (format!("{concrete}?lon={lon}&lat={lat}"), none),
            ("GET", "/api/v1/tallies") => {
                let unit = if asks.token == self.handler.token {
                    &self.lead
                } else {
                    &self.world.district
                };
                let relation = if asks.token == self.handler.token {
                    "lead"
                } else {
                    "area"
                };
                let days = "from=2024-03-01&to=2024-03-31";
                (format!("{concrete}?unit={unit}&relation={relation}&{days}"), none)
            }
            ("PUT", "/api/v1/cases/{number}/confidence") => (concrete, json!({"people": [], "reason": "要求保密"})),
            // Neither confidential nor published: understood, and refused as not now.
            ("POST", "/api/v1/cases/{number}/disclosure" | "/api/v1/cases/{number}/withdrawal") => {
                (concrete, json!({"reason": "已征得同意"}))
            }
            ("GET", "/api/v1/cases/{number}/publication" | "/api/v1/public/cases") => (concrete, none),
            ("PUT", "/api/v1/cases/{number}/publication") => (concrete, json!({"text": "井盖破损"})),
            ("GET", "/api/v1/public/cases/{number}") => {
                let published = json!({"text": "井盖破损"});
                let path = format!("/api/v1/cases/{number}/publication");
                self.staff.dispatcher.put(&path, published).await.ok();
                (concrete, none)
            }
            ("GET", "/api/v1/public/nearby") => (format!("{concrete}?lon={lon}&lat={lat}"), none),
            ("POST", "/api/v1/public/cases/{number}/supporters") => {
                let path = format!("/api/v1/cases/{number}/publication");
                let published = json!({"text": "井盖破损"});
                self.staff.dispatcher.put(&path, published).await.ok();
                (concrete, json!({"phone": "13800001234"}))
            }
            ("GET", "/api/v1/cases/{number}/supporters") => (concrete, none),
            ("POST", "/api/v1/cases/{number}/supporters/reveal") => {
                let path = format!("/api/v1/cases/{number}/publication");
                let published = json!({"text": "井盖破损"});
                self.staff.dispatcher.put(&path, published).await.ok();
                let added = format!("/api/v1/public/cases/{number}/supporters");
                let added = self.world.public().post(&added, json!({})).await.ok();
                (concrete, json!({"supporter": added["number"], "purpose": "告知结果"}))
            }
            ("POST", "/api/v1/erasures") => (concrete, json!({"case": number, "reason": "本人申请删除"})),
            ("GET", "/api/v1/cases/search") => (format!("{concrete}?q=%E4%BA%95%E7%9B%96"), none),
            // It has no end: only the head is looked at.
            ("GET", "/api/v1/live") => return asks.open(&concrete).await.0,
            // A handler sees what the unit answers for, everybody else the district.
            ("GET", "/api/v1/rates") => (format!("{concrete}?period=2024-03&by=month"), none),
            ("GET", "/api/v1/rates/cases") => (format!("{concrete}?period=2024-03&measures=closed"), none),
            ("GET", "/api/v1/rates/editions") => (format!("{concrete}?period=2024-02"), none),
            ("GET", "/api/v1/rates/editions/{edition}/cases") => {
                ("/api/v1/rates/editions/2/cases?period=2024-02".to_owned(), none)
            }
            ("GET", "/api/v1/rates/editions/{edition}") => ("/api/v1/rates/editions/1?period=2024-02".to_owned(), none),
            // Closed a second time it says that nothing has changed.
            ("POST", "/api/v1/rates/editions") => {
                (concrete, json!({"period": "2024-02", "within": self.world.district}))
            }
            ("GET", "/api/v1/samples") => (format!("{concrete}?district={district}"), none),
            // Refused as the month is not over.
            ("POST", "/api/v1/samples") => (concrete, json!({"district": district.0, "period": "2024-12"})),
            ("GET", "/api/v1/samples/{id}/cases") => (
                format!("/api/v1/samples/240315-093022-100123/cases?district={district}"),
                none,
            ),
            ("POST", "/api/v1/units/changes") => {
                let known = self.world.app.rules();
                let unit = known.tree.get(&self.lead).unwrap();
                let unit = json!({"code": unit.code, "kind": unit.kind, "title": unit.title, "parent": unit.parent,
                    "function": unit.function, "valid_from": unit.valid_from});
                (concrete, json!({"command": "amend", "unit": unit}))
            }
            ("PUT", "/api/v1/directory/{district}/row") => (concrete, json!({"row": row})),
            ("PUT", "/api/v1/directory/{district}/rows") => (concrete, json!({"rows": [row]})),
            ("DELETE", "/api/v1/directory/{district}/row") => {
                let program = Caller::program();
                let row = serde_json::from_value(
                    json!({"matter": matter, "demand": null, "lead": self.lead, "assist": [],
                    "limit_class": limit, "valid_from": "2022-01-01", "valid_to": null, "basis": ""}),
                );
                self.world
                    .app
                    .put_rows(&program, district, vec![row.unwrap()])
                    .await
                    .unwrap();
                (
                    format!("{concrete}?matter={}&valid_from=2022-01-01", text(&matter)),
                    none,
                )
            }
            ("POST", "/api/v1/cases" | "/api/v1/public/cases") => (concrete, self.world.demand()),
            ("POST", "/api/v1/similar") => (concrete, json!({"text": "井盖", "position": {"lon": lon, "lat": lat}})),
            ("POST", "/api/v1/cases/{number}/steps") => {
                let steps = self.world.model["workflows"].as_array().unwrap().iter();
                let mut steps = steps.flat_map(|workflow| workflow["steps"].as_array().unwrap());
                let urge = steps.find(|step| step["act"] == "urge").unwrap();
                (concrete, json!({"step": urge["name"], "note": "请抓紧"}))
            }
            ("POST", "/api/v1/cases/{number}/requests") => (concrete, json!({"kind": "return", "reason": "不属职责"})),
            ("POST", "/api/v1/cases/{number}/requests/{request}/decision") => {
                (concrete, json!({"grant": true, "reason": "情况属实"}))
            }
            ("POST", "/api/v1/cases/{number}/reporter") => (concrete, json!({"purpose": "联系诉求人"})),
            ("POST", "/api/v1/callers/lookup") => (concrete, json!({"phone": "13800001234", "purpose": "来电受理"})),
            ("POST", "/api/v1/tracking/{number}") => (concrete, json!({"secret": secret})),
            ("POST", "/api/v1/tracking/{number}/attachments/{id}") => (with_id(shown), json!({"secret": secret})),
            // The case is still open: understood, and refused as not now.
            ("POST", "/api/v1/tracking/{number}/rating") => (
                concrete,
                json!({"secret": secret, "responded": true, "solved": true, "satisfaction": "satisfied"}),
            ),
            ("POST", "/api/v1/tracking/{number}/reopen") => (concrete, json!({"secret": secret, "reason": "再看看"})),
            ("GET", "/api/v1/cases/{number}/attachments/{id}") => (with_id(shown), none),
            ("GET", "/api/v1/attachments/{id}") => (with_id(attachment), none),
            ("POST", "/api/v1/attachments" | "/api/v1/public/attachments") => {
                return asks
                    .raw(Method::POST, &format!("{concrete}?name=a.jpg"), &[], photo())
                    .await;
            }
            ("POST", "/api/v1/accounts") => (
                concrete,
                json!({"login": self.login(), "name": "某人", "password": PASSWORD}),
            ),
            ("GET", "/api/v1/accounts/{id}") => (with_id(account), none),
            ("PUT", "/api/v1/accounts/{id}/grants") => (
                with_id(account),
                json!({"grants": [{"role": Role::Handler, "unit": self.lead}]}),
            ),
            ("PUT", "/api/v1/accounts/{id}/password") => (with_id(account), json!({"password": PASSWORD})),
            ("PUT", "/api/v1/accounts/{id}/active") => (with_id(account), json!({"active": false})),
            ("POST", "/api/v1/webhooks") => (
                concrete,
                json!({"district": district.0, "url": "https://hall.example/more"}),
            ),
            ("POST", "/api/v1/me/second-factor") => (concrete, json!({"present": PASSWORD})),
            // Not the code of now: understood, and refused.
            ("POST", "/api/v1/me/second-factor/confirmation") => (concrete, json!({"code": "none"})),
            ("DELETE", "/api/v1/accounts/{id}/second-factor") => (with_id(account), none),
            ("GET", "/api/v1/keys") => (concrete, none),
            ("POST", "/api/v1/keys") => (
                concrete,
                json!({"name": "市民应用", "districts": [district.0], "rights": ["open311_file"]}),
            ),
            ("PUT", "/api/v1/keys/{id}/active") => (with_id(&self.api_key), json!({"active": true})),
            ("PUT", "/api/v1/webhooks/{id}/active") => (with_id(&self.webhook), json!({"active": true})),
            ("GET", "/api/v1/webhooks/{id}/deliveries") => (format!("{}?state=waiting", with_id(&self.webhook)), none),
            ("POST", "/api/v1/webhooks/{id}/deliveries/{position}/again") => (with_id(&self.webhook), none),
            other => panic!("{other:?} is asked by nobody here: add a request that would succeed"),
        };
        asks.send(operation.method.clone(), &path, (!body.is_null()).then_some(body))
            .await
    }

    /// Somebody else who holds the same, where a request ends sessions.
    async fn afresh(&self, person: &Person, operation: &Operation) -> Client {
        let ends_sessions = matches!(operation.action.as_str(), "sign_out" | "change_own_password");
        if person.client.token.is_none() || !ends_sessions {
            return person.client.clone();
        }
        let holds: Vec<(Role, &UnitCode)> = person.holds.iter().map(|(role, unit)| (*role, unit)).collect();
        self.world.person(&self.login(), &holds).await
    }
}

/// Whether an operation lets a role pass its gate, as the document says.
fn admits(operation: &Operation, role: Option<Role>, signed: bool) -> bool {
    operation.who.iter().any(|who| match who.as_str() {
        "everyone" | "tracking_secret" => true,
        "staff" => signed,
        name => role.is_some_and(|role| role.name() == name),
    })
}

#[tokio::test]
async fn generated_table_of_access() {
    let trial = Trial::new().await;
    let names: Vec<&str> = trial.people.iter().map(|person| person.name).collect();
    let mut table = String::from(
        "# Who may do what\n\nWritten by a test that asks every operation as every role, with a request that would \
         succeed for\nsomebody who may make it. 401 and 403: denied; 404: hidden; 409 and 422: let through, but not \
         possible with this\nsubject.\n\n",
    );
    let _ = writeln!(table, "| operation | action | {} |", names.join(" | "));
    let _ = writeln!(table, "|---|---|{}", "---|".repeat(names.len()));
    for operation in operations() {
        let _ = write!(
            table,
            "| {} {} | {} |",
            operation.method, operation.path, operation.action
        );
        for person in &trial.people {
            let Person { name, holds, .. } = person;
            let client = trial.afresh(person, &operation).await;
            let answer = trial.ask(&operation, &client).await;
            let (status, asks) = (
                answer.status.as_u16(),
                format!("{} {} by {name}", operation.method, operation.path),
            );
            if admits(
                &operation,
                holds.as_ref().map(|(role, _)| *role),
                client.token.is_some(),
            ) {
                assert_ne!(status, 401, "{asks}");
            } else if client.token.is_none() {
                assert_eq!(answer.problem(), (401, "unauthenticated"), "{asks}");
            } else {
                assert_eq!(answer.problem(), (403, "role_forbids"), "{asks}");
            }
            assert!(!matches!(status, 400 | 405 | 413..=415 | 500..), "{asks}: {answer:?}");
            let _ = write!(table, " {status} |");
        }
        table.push('\n');
    }
    compare_generated("tests/it/access.md", &table);
}
