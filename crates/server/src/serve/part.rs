//! A part of the running program: a task with its own stop signal, and a word when it has ended.

use anyhow::{Context, Result};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::stop;

/// A task with its own stop signal.
pub(super) struct Part {
    who: &'static str,
    pub(super) stop: CancellationToken,
    /// Cancelled when the task has ended, also by a panic. The task itself is awaited once, at the stop.
    ended: CancellationToken,
    pub(super) task: JoinHandle<Result<()>>,
}

impl Part {
    /// Starts work that is to go on until its stop signal.
    pub(super) fn start<F>(who: &'static str, work: impl FnOnce(CancellationToken) -> F) -> Self
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let (stop, ended) = (CancellationToken::new(), CancellationToken::new());
        let (work, ends) = (work(stop.clone()), ended.clone().drop_guard());
        let task = tokio::spawn(async move {
            let _ends = ends;
            work.await
        });
        Self { who, stop, ended, task }
    }

    /// The same on a thread and a runtime of its own, which end with the work, or when it is left behind.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(super) fn start_apart<F>(
        who: &'static str,
        runtime: &mut Builder,
        work: impl FnOnce(CancellationToken) -> F + Send + 'static,
    ) -> Result<Self>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let runtime =
            runtime.build().with_context(|| format!("cannot start a runtime for {who}"))?;
        let (mut answer, answered) = oneshot::channel();
        let stop = CancellationToken::new();
        let told = stop.clone();
        let run = move || {
            let done = runtime.block_on(async {
                tokio::select! {
                    done = work(told) => Some(done),
                    () = answer.closed() => None,
                }
            });
            // What still blocks is waited for by nobody.
            runtime.shutdown_background();
            if let Some(done) = done {
                // Who does not listen any more has left it behind.
                let _listened = answer.send(done);
            }
        };
        std::thread::Builder::new()
            .name(who.to_owned())
            .spawn(run)
            .with_context(|| format!("cannot start a thread for {who}"))?;
        let waits =
            Self::start(who, |_| async move { answered.await.context("its thread panicked")? });
        Ok(Self { stop, ..waits })
    }

    /// Returns its name when it has ended.
    pub(super) fn ended(&self) -> impl Future<Output = &'static str> + Send + use<> {
        let (ended, who) = (self.ended.clone(), self.who);
        async move {
            ended.cancelled().await;
            who
        }
    }

    /// Tells it to stop and waits for it, not for ever.
    ///
    /// # Errors
    /// It was late, or ended by a fault.
    pub(super) async fn stop(self) -> Result<()> {
        let who = self.who;
        self.stop.cancel();
        let abort = self.task.abort_handle();
        let stopped = stop::wait(who, self.task).await;
        abort.abort();
        let ended = stopped?.map_err(anyhow::Error::from).flatten();
        ended.with_context(|| format!("{who} ended by a fault"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apart<F>(work: impl FnOnce(CancellationToken) -> F + Send + 'static) -> Part
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let mut runtime = Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all();
        Part::start_apart("the test", runtime, work).expect("a thread")
    }

    #[tokio::test]
    async fn a_panic_is_noticed_named_and_told_at_the_stop() {
        let panics = |_| async { panic!("on purpose") };
        for part in [Part::start("the test", panics), apart(panics)] {
            assert_eq!(part.ended().await, "the test");
            let told = format!("{:#}", part.stop().await.expect_err("a fault"));
            assert!(told.starts_with("the test ended by a fault: "), "{told}");
        }
    }

    #[tokio::test]
    async fn an_error_is_noticed_and_told_at_the_stop() {
        let fails = |_| async { anyhow::bail!("no more room") };
        for part in [Part::start("the test", fails), apart(fails)] {
            part.ended().await;
            let told = format!("{:#}", part.stop().await.expect_err("an error"));
            assert_eq!(told, "the test ended by a fault: no more room");
        }
    }

    #[tokio::test]
    async fn who_works_apart_has_threads_of_its_own_and_stops_when_told() {
        let part = apart(|stop| async move {
            let name = std::thread::current().name().map(str::to_owned);
            anyhow::ensure!(name.as_deref() == Some("the test"), "{name:?}");
            stop.cancelled().await;
            Ok(())
        });
        part.stop().await.expect("in order");
    }
}
