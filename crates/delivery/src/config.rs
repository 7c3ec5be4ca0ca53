//! How delivery is set up. Every option has a default with which it starts; without `mail` no mail is sent.

use std::path::PathBuf;

use domain::Span;
use lettre::message::Mailbox;
use serde::{Deserialize, Serialize};

use crate::{CapConfig, DeliveryError};

/// How delivery is set up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeliveryConfig {
    /// Where the pages are seen from outside: base of receipt links and of links in CAP.
    /// Default `http://127.0.0.1:8080`.
    pub public_url: String,
    /// The mail server. Default: none; notices by e-mail then wait and in the end are given up, visibly.
    pub mail: Option<MailConfig>,
    /// Instead of a mail server: mails are written into this folder, a file each, for drills and trials.
    /// Default: none.
    pub mail_folder: Option<PathBuf>,
    /// How long a webhook may take to answer, 100ms to 5min. Default `10s`.
    pub webhook_timeout: Span,
    /// When to try again.
    pub retry: RetryConfig,
    /// Messages on their way at once, per kind of channel; a quarter of it more for repetitions. Default 16.
    pub parallel: usize,
    /// How often to look for what became due, 10ms to 1min of real time. Default `1s`. New notices are
    /// taken at once.
    pub look_every: Span,
    /// What the CAP documents say.
    pub cap: CapConfig,
}

/// The mail server that takes our mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    /// Its name or address.
    pub host: String,
    /// Its port. Default: 25 without encryption, 587 with `starttls`, 465 with `tls`.
    #[serde(default)]
    pub port: Option<u16>,
    /// `none`, `starttls` (refused if the server cannot) or `tls`. Default `starttls`.
    #[serde(default)]
    pub security: Security,
    /// User name. Default: none, no sign-in.
    #[serde(default)]
    pub user: Option<String>,
    /// Name of the secret that is the password; needed with `user`.
    #[serde(default)]
    pub password_secret: Option<String>,
    /// Sender, such as `Trực ban <canh-bao@example.vn>`.
    pub from: String,
    /// How long one mail may take, 100ms to 5min. Default `30s`.
    #[serde(default = "half_a_minute")]
    pub timeout: Span,
}

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Security {
    /// Not at all: only for a server on the same machine.
    None,
    /// Begins without, must switch to TLS.
    #[default]
    Starttls,
    /// TLS from the first byte.
    Tls,
}

/// When to try again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetryConfig {
    /// After the first failure. Default `5s`.
    pub first: Span,
    /// Each wait is so many times the one before, 1 to 10. Default 2.
    pub factor: u8,
    /// The longest wait of our own. Default `10min`; a receiver's `Retry-After` may ask for up to 1 h.
    pub longest: Span,
    /// How long after its first attempt a notice is given up. Default `1d`.
    pub give_up_after: Span,
}

const fn half_a_minute() -> Span {
    Span::seconds(30)
}

impl Default for DeliveryConfig {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:8080".to_owned(),
            mail: None,
            mail_folder: None,
            webhook_timeout: Span::seconds(10),
            retry: RetryConfig::default(),
            parallel: 16,
            look_every: Span::seconds(1),
            cap: CapConfig::default(),
        }
    }
}

impl Default for RetryConfig {
    fn default() -> Self {
        Self {
            first: Span::seconds(5),
            factor: 2,
            longest: Span::minutes(10),
            give_up_after: Span::days(1),
        }
    }
}

impl DeliveryConfig {
    /// Everything that is wrong with it, as (key, what is wrong and what to do).
    ///
    /// ```
    /// let config = delivery::DeliveryConfig { parallel: 0, ..Default::default() };
    /// assert_eq!(config.faults()[0].0, "parallel");
    /// ```
    #[must_use]
    pub fn faults(&self) -> Vec<(String, String)> {
        let mut faults = Vec::new();
        let url = reqwest::Url::parse(&self.public_url);
        if !url.is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.query().is_none()) {
            let fault = format!("'{}' is not an http or https address", self.public_url);
            faults.push(("public_url".to_owned(), fault));
        }
        let mut within = |key: &str, value: Span, low: Span, high: Span| {
            if value < low || value > high {
                faults.push((key.to_owned(), format!("{value} is not between {low} and {high}")));
            }
        };
        let moment = Span::from_millis(10);
        within("webhook_timeout", self.webhook_timeout, moment.times(10), Span::minutes(5));
        within("look_every", self.look_every, moment, Span::minutes(1));
        within("retry.first", self.retry.first, moment, Span::minutes(10));
        within("retry.longest", self.retry.longest, self.retry.first, Span::days(1));
        within("retry.give_up_after", self.retry.give_up_after, self.retry.first, Span::days(30));
        if let Some(mail) = &self.mail {
            within("mail.timeout", mail.timeout, moment.times(10), Span::minutes(5));
        }
        if let (Some(_), Some(folder)) = (&self.mail, &self.mail_folder) {
            let fault = format!("'{}' stands beside 'mail': give one of them", folder.display());
            faults.push(("mail_folder".to_owned(), fault));
        }
        let mut count = |key: &str, value: usize, high: usize| {
            if !(1..=high).contains(&value) {
                faults.push((key.to_owned(), format!("{value} is not between 1 and {high}")));
            }
        };
        count("parallel", self.parallel, 1_000);
        count("retry.factor", self.retry.factor.into(), 10);
        faults.extend(self.mail.iter().flat_map(MailConfig::faults));
        faults.extend(self.cap.faults());
        faults
    }

    /// Itself, if nothing is wrong with it; else its first fault.
    pub(crate) fn checked(mut self) -> Result<Self, DeliveryError> {
        if let Some((key, fault)) = self.faults().into_iter().next() {
            return Err(DeliveryError::Config { key, fault });
        }
        self.public_url = self.public_url.trim_end_matches('/').to_owned();
        Ok(self)
    }
}

impl MailConfig {
    fn faults(&self) -> Vec<(String, String)> {
        let mut faults = Vec::new();
        let mut fault = |key: &str, text: String| faults.push((format!("mail.{key}"), text));
        if self.host.is_empty() {
            fault("host", "is empty: name the mail server".to_owned());
        }
        if self.from.parse::<Mailbox>().is_err() {
            fault("from", format!("'{}' is not 'Name <user@host>'", self.from));
        }
        if self.user.is_some() != self.password_secret.is_some() {
            fault("password_secret", "'user' and 'password_secret' go together".to_owned());
        }
        if self.user.is_some() && self.security == Security::None {
            fault("security", "'none' would send the password in the clear".to_owned());
        }
        faults
    }

    /// The configured port, or the usual one.
    pub(crate) fn port(&self) -> u16 {
        self.port.unwrap_or(match self.security {
            Security::None => 25,
            Security::Starttls => 587,
            Security::Tls => 465,
        })
    }
}
