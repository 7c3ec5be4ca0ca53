//! Who may be reached, kept apart by realm in types.

use std::marker::PhantomData;
use std::sync::Arc;

use domain::notice::WARNING_TOPICS;
use domain::{Channel, Notice, RecipientId};

/// A group of people that never mixes with the other one.
pub trait Audience: sealed::Sealed + Send + Sync + Sized + 'static {
    /// Whether that notice may go to the address it carries.
    fn admits(directory: &Directory<Self>, notice: &Notice) -> bool;
}

/// People who are told what really happens.
#[derive(Debug, Clone, Copy)]
pub struct Public;
/// People who take part in exercises and tests.
#[derive(Debug, Clone, Copy)]
pub struct Players;

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Public {}
    impl Sealed for super::Players {}
}

/// How somebody is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Name as printed.
    pub name: String,
    /// `vi` or `en`.
    pub language: String,
    /// How.
    pub channels: Vec<Channel>,
    /// Whom to tell when they give no receipt either.
    pub escalate_to: Option<RecipientId>,
}

type Find = dyn Fn(&RecipientId) -> Option<Contact> + Send + Sync;

/// The people of one audience, as the configuration in force names them.
pub struct Directory<A> {
    find: Arc<Find>,
    audience: PhantomData<A>,
}

/// Both directories. A notice of an exercise or a test meets the second only: no function takes the first
/// for it.
#[derive(Clone)]
pub struct People {
    pub(crate) public: Directory<Public>,
    pub(crate) players: Directory<Players>,
}

impl<A> Clone for Directory<A> {
    fn clone(&self) -> Self {
        Self { find: Arc::clone(&self.find), audience: PhantomData }
    }
}

impl<A> Directory<A> {
    /// A directory that asks `find`.
    pub fn new(find: impl Fn(&RecipientId) -> Option<Contact> + Send + Sync + 'static) -> Self {
        Self { find: Arc::new(find), audience: PhantomData }
    }

    /// How to reach somebody of this audience.
    #[must_use]
    pub fn find(&self, id: &RecipientId) -> Option<Contact> {
        (self.find)(id)
    }
}

impl People {
    /// Both directories.
    #[must_use]
    pub const fn new(public: Directory<Public>, players: Directory<Players>) -> Self {
        Self { public, players }
    }
}

impl Audience for Public {
    /// The plan stands, even when the configuration has changed since: better told twice than not at all.
    fn admits(_: &Directory<Self>, _: &Notice) -> bool {
        true
    }
}

impl Audience for Players {
    /// Only an address that the exercise directory has now, whatever the plan says; and never the topic of a
    /// real warning, whatever the directory says: a drill would take its place.
    fn admits(directory: &Directory<Self>, notice: &Notice) -> bool {
        let real =
            matches!(&notice.channel, Channel::Mqtt { topic } if topic.starts_with(WARNING_TOPICS));
        let contact = directory.find(&notice.recipient).filter(|_| !real);
        let same = |channel: &Channel| channel.of(&notice.episode) == notice.channel;
        contact.is_some_and(|contact| contact.channels.iter().any(same))
    }
}
