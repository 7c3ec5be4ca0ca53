//! Signs in as the first user and acts on the pages' API.

use anyhow::{Context, Result};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::server::Installation;

/// A signed-in administrator.
pub struct Admin {
    client: reqwest::Client,
    base: String,
    cookie: String,
}

impl Admin {
    /// Signs in with the password that the first start has printed.
    ///
    /// # Errors
    /// There is none, or it is refused.
    pub async fn of(installation: &Installation) -> Result<Self> {
        let log = installation.log();
        let printed = log.split("first user 'admin', password ").nth(1);
        let password = printed.and_then(|text| text.split_whitespace().next());
        let (client, base) = (reqwest::Client::new(), installation.base());
        let body = json!({"name": "admin", "password": password.context("it is printed")?});
        let answer = client.post(format!("{base}/api/v1/session")).json(&body).send().await?;
        let answer = answer.error_for_status()?;
        let line = answer.headers().get("set-cookie").context("a cookie")?.to_str()?;
        let cookie = line.split(';').next().unwrap_or_default().to_owned();
        Ok(Self { client, base, cookie })
    }

    /// Asks with a body, or without one.
    ///
    /// # Errors
    /// The server cannot be reached.
    pub async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Result<Response> {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.base))
            .header("cookie", &self.cookie);
        if let Some(body) = body {
            request = request.json(&body);
        }
        Ok(request.send().await?)
    }

    /// The answer to a question.
    ///
    /// # Errors
    /// The server cannot be reached, or refuses.
    pub async fn get(&self, path: &str) -> Result<Value> {
        Ok(self.ask(Method::GET, path, None).await?.error_for_status()?.json().await?)
    }

    /// Applies changed files over the configuration in force.
    ///
    /// # Errors
    /// The server cannot be reached.
    pub async fn apply(&self, files: Value, reason: &str) -> Result<Response> {
        let base = self.get("/api/v1/config/files").await?["seq"].clone();
        let body = json!({"base": base, "files": files, "reason": reason});
        self.ask(Method::POST, "/api/v1/config/apply", Some(body)).await
    }
}
