//! E-mail by SMTP, or into a folder.

use std::path::PathBuf;
use std::time::Duration;

use lettre::address::AddressError;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::response::Code;
use lettre::transport::smtp::{AsyncSmtpTransportBuilder, Error};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use crate::compose::Mail;
use crate::error::{Failure, Handed};
use crate::{DeliveryConfig, DeliveryError, MailConfig, Secrets, Security};

/// Answers that mean "no such mailbox, ever" when the server says no more (RFC 5321 §4.2.2, RFC 7504). A bare
/// 550 is not one of them: servers refuse so for their own policy too, such as a wrong sender or a block list.
const NO_SUCH_MAILBOX: [u16; 3] = [551, 553, 556];

/// Who writes when no mail server says it.
const NOBODY: &str = "quantrac <quantrac@localhost>";

/// Where mails go.
pub(crate) enum Mails {
    Server(Box<Mailer>),
    Folder(PathBuf),
}

impl Mails {
    pub(crate) fn of(config: &DeliveryConfig) -> Result<Option<Self>, DeliveryError> {
        let server = config.mail.as_ref().map(Mailer::new).transpose()?;
        let folder = || config.mail_folder.clone().map(Self::Folder);
        Ok(server.map(|mailer| Self::Server(Box::new(mailer))).or_else(folder))
    }

    pub(crate) async fn send(&self, mail: &Mail, secrets: &Secrets) -> Result<Handed, Failure> {
        match self {
            Self::Server(mailer) => mailer.send(mail, secrets).await,
            Self::Folder(folder) => keep(folder.clone(), mail).await,
        }
    }
}

/// One file per notice, named for it: a repetition replaces its copy.
async fn keep(folder: PathBuf, mail: &Mail) -> Result<Handed, Failure> {
    let from = NOBODY.parse().expect("a constant address");
    let text = letter(&from, mail)?.formatted();
    let path = folder.join(format!("{}.eml", mail.id()));
    let shown = path.display().to_string();
    let written = tokio::task::spawn_blocking(move || {
        std::fs::create_dir_all(&folder)?;
        std::fs::write(&path, text)
    });
    match written.await.map_err(std::io::Error::other).flatten() {
        Ok(()) => Ok(Handed::Sent(format!("written to '{shown}'"))),
        Err(error) => Err(Failure::later(format!("cannot write '{shown}': {error}"))),
    }
}

/// Hands mails to the configured server.
pub(crate) struct Mailer {
    server: AsyncSmtpTransportBuilder,
    from: Mailbox,
    sign_in: Option<(String, String)>,
    timeout: Duration,
}

impl Mailer {
    pub(crate) fn new(config: &MailConfig) -> Result<Self, DeliveryError> {
        let broken = |reason: String| DeliveryError::Client { client: "mail", reason };
        let parameters =
            || TlsParameters::new(config.host.clone()).map_err(|e| broken(e.to_string()));
        let tls = match config.security {
            Security::None => Tls::None,
            Security::Starttls => Tls::Required(parameters()?),
            Security::Tls => Tls::Wrapper(parameters()?),
        };
        let timeout = crate::retry::real(config.timeout);
        let server = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host)
            .port(config.port())
            .timeout(Some(timeout))
            .tls(tls);
        let from = config.from.parse().map_err(|e: AddressError| broken(e.to_string()))?;
        Ok(Self {
            server,
            from,
            sign_in: config.user.clone().zip(config.password_secret.clone()),
            timeout,
        })
    }

    /// One mail, one connection: a server that hangs on one recipient holds up no other.
    pub(crate) async fn send(&self, mail: &Mail, secrets: &Secrets) -> Result<Handed, Failure> {
        let message = letter(&self.from, mail)?;
        let mut server = self.server.clone();
        if let Some((user, secret)) = &self.sign_in {
            let password = (secrets.get)(secret).and_then(|bytes| String::from_utf8(bytes).ok());
            let missing =
                || Failure::later(format!("there is no secret '{secret}' for the mail server"));
            let password = password.ok_or_else(missing)?;
            server =
                server.credentials(Credentials::new(user.clone(), password.trim_end().to_owned()));
        }
        let transport = server.build::<Tokio1Executor>();
        match tokio::time::timeout(self.timeout, transport.send(message)).await {
            Ok(Ok(answer)) => {
                Ok(Handed::Sent(format!("the mail server answered {}", answer.code())))
            }
            Ok(Err(error)) => Err(failure(&error)),
            Err(_) => Err(Failure::later("the mail server did not answer in time")),
        }
    }
}

fn letter(from: &Mailbox, mail: &Mail) -> Result<Message, Failure> {
    let never = |e: &dyn std::fmt::Display| {
        Failure::Never(format!("no mail can be written to '{}': {e}", mail.address()))
    };
    let address = mail.address().parse().map_err(|e: AddressError| never(&e))?;
    let part = |kind, body: &str| SinglePart::builder().header(kind).body(body.to_owned());
    let bodies = MultiPart::alternative()
        .singlepart(part(ContentType::TEXT_PLAIN, mail.text()))
        .singlepart(part(ContentType::TEXT_HTML, mail.html()));
    let mut message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(Some(mail.name().to_owned()), address))
        .subject(mail.subject())
        .message_id(Some(format!("<{}@{}>", mail.unique(), from.email.domain())))
        .date_now()
        .multipart(bodies)
        .map_err(|e| never(&e))?;
    for (name, value) in [("Auto-Submitted", "auto-generated"), ("Quantrac-Id", mail.id())] {
        let name = HeaderName::new_from_ascii_str(name);
        message.headers_mut().insert_raw(HeaderValue::new(name, value.to_owned()));
    }
    Ok(message)
}

fn failure(error: &Error) -> Failure {
    let reason = match std::error::Error::source(error) {
        Some(source) => format!("the mail server: {error}: {source}"),
        None => format!("the mail server: {error}"),
    };
    let said = std::error::Error::source(error).map_or(String::new(), ToString::to_string);
    match error.status() {
        Some(code) if no_such_mailbox(number(code), &said) => Failure::Never(reason),
        _ => Failure::later(reason),
    }
}

/// The enhanced code says it best (RFC 3463 §3.2): 5.1.x is about the address, though 5.1.7 and 5.1.8 are about
/// the sender's. Other refusals, such as a wrong password or a full mailbox, are no fault of the address.
fn no_such_mailbox(code: u16, said: &str) -> bool {
    let first = said.split_whitespace().next().unwrap_or_default();
    let numbers: Vec<u16> = first.split('.').filter_map(|part| part.parse().ok()).collect();
    match numbers[..] {
        [5, 1, 7 | 8] => false,
        [5, 1, _] => (500..600).contains(&code),
        [4 | 5, _, _] => false,
        _ => NO_SUCH_MAILBOX.contains(&code),
    }
}

fn number(code: Code) -> u16 {
    code.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_that_does_not_exist_is_given_up_at_once() {
        let check = |code, said: &str, expected| {
            assert_eq!(no_such_mailbox(code, said), expected, "{code} {said}");
        };
        check(550, "5.1.1 no such mailbox", true);
        check(550, "5.7.1 blocked by policy", false);
        check(550, "5.1.8 sender's domain is unknown", false);
        check(550, "blocked: see https://example.org", false);
        check(550, "", false);
        check(551, "not here", true);
        check(553, "5.7.1 sender address refused", false);
        check(552, "5.2.2 mailbox full", false);
        check(450, "5.1.1 greylisted", false);
    }
}
