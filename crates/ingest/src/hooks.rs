//! Where rmqtt asks us.
//!
//! What was found by trying (rmqtt 0.24): the commit belongs into `MessagePublishCheckAcl`; a refusal has to
//! close the connection, or an MQTT 3 client gets an ordinary PUBACK; a superuser skips that hook, so nobody
//! is one; wills skip it too, so their topic is checked when the client comes in.
//!
//! What rmqtt does not let us do: send an MQTT 5 client the reason when its connection is closed (it closes
//! first), and close a connection that never sends the ten bytes that tell its MQTT version. Where strangers
//! can reach the port, a firewall has to limit connections per address.

use std::sync::Arc;

use async_trait::async_trait;
use rmqtt::codec::types::MQTT_LEVEL_5;
use rmqtt::codec::v5::{PublishAckReason, SubscribeAckReason};
use rmqtt::context::ServerContext;
use rmqtt::hook::{Handler, HookResult, Parameter, ReturnType, Type};
use rmqtt::session::Session;
use rmqtt::types::{
    AuthResult, ConnectInfo, From, FromType, LastWill, Publish, PublishAclResult, PublishResult,
    Subscribe, SubscribeReturn,
};
use tokio::time::Instant;

use crate::access;
use crate::gate::{Client, Denied, Identity, Message, Secret};
use crate::intake::{Intake, NotTaken};
use crate::metric::Refused;
use crate::registry::Member;
use crate::seldom::Seldom;

/// Under this key a session carries its [`Member`].
const MEMBER: &str = "member";

const HOOKS: [Type; 6] = [
    Type::ClientAuthenticate,
    Type::ClientConnected,
    Type::ClientDisconnected,
    Type::ClientSubscribeCheckAcl,
    Type::MessagePublish,
    Type::MessagePublishCheckAcl,
];

struct Hooks {
    context: ServerContext,
    intake: Arc<Intake>,
    turned_away: Seldom,
}

/// Hangs the intake into the broker.
pub(crate) async fn install(context: &ServerContext, intake: &Arc<Intake>) {
    let register = context.extends.hook_mgr().register();
    for hook in HOOKS {
        let (context, intake) = (context.clone(), intake.clone());
        let hooks = Hooks { context, intake, turned_away: Seldom::default() };
        register.add(hook, Box::new(hooks)).await;
    }
    register.start().await;
}

#[async_trait]
impl Handler for Hooks {
    async fn hook(&self, parameter: &Parameter, so_far: Option<HookResult>) -> ReturnType {
        let result = match parameter {
            Parameter::MessagePublishCheckAcl(session, publish) => {
                HookResult::PublishAclResult(self.publish(session, publish).await)
            }
            Parameter::MessagePublish(Some(session), from, publish) => {
                self.will(session, from, publish).await;
                return (true, so_far);
            }
            Parameter::ClientAuthenticate(connect) => {
                HookResult::AuthResult(self.authenticate(connect).await)
            }
            Parameter::ClientSubscribeCheckAcl(session, subscribe) => {
                HookResult::SubscribeAclResult(self.subscribe(session, subscribe).await)
            }
            Parameter::ClientConnected(session) => {
                self.connected(session).await;
                return (true, so_far);
            }
            Parameter::ClientDisconnected(session, _) => {
                self.disconnected(session);
                return (true, so_far);
            }
            _ => return (true, so_far),
        };
        (false, Some(result))
    }
}

impl Hooks {
    async fn authenticate(&self, connect: &ConnectInfo) -> AuthResult {
        match self.admit(connect).await {
            Ok(identity) => {
                let answers = connect.proto_ver() == MQTT_LEVEL_5;
                self.intake.registry.admit(connect.id().clone(), identity, answers);
                AuthResult::Allow(false, None)
            }
            Err(why) => {
                self.turned_away(connect, why);
                match why {
                    Refused::Credential | Refused::Throttled => AuthResult::BadUsernameOrPassword,
                    _ => AuthResult::NotAuthorized,
                }
            }
        }
    }

    fn turned_away(&self, connect: &ConnectInfo, why: Refused) {
        self.intake.metrics.refuse(why);
        let (user, address) = (connect.username(), connect.ipaddress());
        match why {
            // anybody can cause these as often as they like
            Refused::Throttled | Refused::Anonymous => {
                if let Some(clients) = self.turned_away.due(Instant::now()) {
                    tracing::warn!(clients, ?address, reason = ?why, "clients were not let in");
                }
            }
            _ => tracing::warn!(?user, ?address, reason = ?why, "a client was not let in"),
        }
    }

    async fn admit(&self, connect: &ConnectInfo) -> Result<Identity, Refused> {
        if self.intake.is_stopping() {
            return Err(Refused::Unavailable);
        }
        let client = client(connect).ok_or(Refused::Anonymous)?;
        let identity = self.intake.gate.authorize(client).await.map_err(|denied| match denied {
            Denied::Credential => Refused::Credential,
            Denied::Throttled => Refused::Throttled,
            Denied::Unavailable => Refused::Unavailable,
        })?;
        let will = connect.last_will();
        if will.is_some_and(|will| access::publish(&identity, will_topic(&will)).is_none()) {
            return Err(Refused::Will);
        }
        // somebody else's client id would take over their session, and inherit what they subscribed to
        let holder = self.context.extends.shared().await.entry(connect.id().clone()).session();
        match holder {
            Some(session) if session.id.username_ref() != identity.name.as_str() => {
                Err(Refused::ClientId)
            }
            _ => Ok(identity),
        }
    }

    async fn connected(&self, session: &Session) {
        let entry = self.context.extends.shared().await.entry(session.id.clone());
        let Some(tx) = entry.tx() else { return };
        let intake = &self.intake;
        let Some(member) = intake.registry.enter(&session.id, tx, intake.most_per_account) else {
            return;
        };
        session.extra_attrs.write().await.insert(MEMBER.into(), member.clone());
        intake.entered(&member);
        tracing::debug!(account = %member.identity.name, client = %session.id.client_id, "a client is connected");
    }

    fn disconnected(&self, session: &Session) {
        if let Some(member) = self.intake.registry.leave(&session.id) {
            self.intake.left(&member);
            tracing::debug!(account = %member.identity.name, "a client is disconnected");
        }
    }

    async fn publish(&self, session: &Session, publish: &Publish) -> PublishAclResult {
        let Some(member) = member(session).await else {
            return PublishAclResult::rejected(true, None);
        };
        let message =
            Message { topic: &publish.topic, payload: &publish.payload, dup: publish.dup };
        match self.intake.take(&member, message).await {
            Ok(()) => PublishAclResult::allow(),
            Err(NotTaken::Denied) => PublishAclResult::rejected(!member.answers, None),
            Err(NotTaken::NotCommitted) => PublishAclResult(PublishResult::reason_code(
                PublishAckReason::UnspecifiedError,
                Some("not committed, send again".into()),
                true,
            )),
        }
    }

    async fn will(&self, session: &Session, from: &From, publish: &Publish) {
        if !matches!(from.typ(), FromType::LastWill) {
            return;
        }
        if let Some(member) = member(session).await {
            self.intake.will(&member, &publish.topic, &publish.payload);
        }
    }

    async fn subscribe(&self, session: &Session, subscribe: &Subscribe) -> SubscribeReturn {
        let filter: &str = &subscribe.topic_filter;
        let member = member(session).await;
        if member.as_ref().is_some_and(|m| access::subscribe(&m.identity, filter)) {
            return SubscribeReturn::new_success(subscribe.opts.qos(), None);
        }
        self.intake.metrics.refuse(Refused::Subscription);
        if member.is_some_and(|member| member.first_complaint()) {
            let account = session.id.username_ref();
            tracing::warn!(
                account,
                filter,
                "a subscription to what is not for this account was refused"
            );
        }
        SubscribeReturn::new_failure(SubscribeAckReason::NotAuthorized)
    }
}

async fn member(session: &Session) -> Option<Arc<Member>> {
    session.extra_attrs.read().await.get::<Arc<Member>>(MEMBER).cloned()
}

fn client(connect: &ConnectInfo) -> Option<Client> {
    let secret = connect.password().map(|secret| String::from_utf8_lossy(secret).into_owned());
    Some(Client {
        user: connect.username()?.to_string(),
        secret: secret.map(Secret),
        certificate: connect.cert().and_then(|cert| cert.common_name.clone()),
        address: connect.ipaddress()?.ip(),
    })
}

fn will_topic<'a>(will: &LastWill<'a>) -> &'a str {
    match *will {
        LastWill::V3(will) => &will.topic,
        LastWill::V5(will) => &will.topic,
    }
}
