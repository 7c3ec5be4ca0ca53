//! One piece to the server. What the server refuses is found by halving and taken out, so that the rest goes on.

use crate::feed::{Piece, Point, Step};
use crate::influx::{Influx, InfluxError};

/// A point that the server does not take, and why.
pub(crate) type Refused = (Point, String);

/// Carries out the steps of a piece. `mark` is written with them; a server that does not even take that takes
/// nothing, and then nothing is put aside.
pub(crate) async fn send(
    server: &Influx,
    bucket: &str,
    piece: &Piece,
    mark: &str,
) -> Result<Vec<Refused>, InfluxError> {
    let mut refused = Vec::new();
    for step in &piece.steps {
        match step {
            Step::Delete { at, predicate } => server.delete(bucket, *at, predicate).await?,
            Step::Write(points) => write(server, bucket, points, mark, &mut refused).await?,
        }
    }
    // The mark goes last: it says that everything before it is there.
    server.write(bucket, mark.to_owned()).await?;
    Ok(refused)
}

async fn write(
    server: &Influx,
    bucket: &str,
    points: &[Point],
    mark: &str,
    refused: &mut Vec<Refused>,
) -> Result<(), InfluxError> {
    let mut open = vec![points];
    let mut proven = false;
    while let Some(part) = open.pop() {
        match server.write(bucket, text(part)).await {
            Ok(()) => {}
            Err(InfluxError::Refused(reason)) => {
                if !proven {
                    // Written before, so it says nothing new: only whether anything at all is taken.
                    probe(server, bucket, mark).await?;
                    proven = true;
                }
                match part {
                    [point] => refused.push((point.clone(), reason)),
                    _ => {
                        let (left, right) = part.split_at(part.len() / 2);
                        open.extend([right, left]);
                    }
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Writes a point of the mark's measurement that stands for nothing.
async fn probe(server: &Influx, bucket: &str, mark: &str) -> Result<(), InfluxError> {
    let time = mark.rsplit(' ').next().unwrap_or_default();
    server.write(bucket, format!("{},probe=1 cursor=0i {time}", crate::line::MARK)).await
}

fn text(points: &[Point]) -> String {
    let size = points.iter().map(|point| point.line.len() + 1).sum();
    let mut text = String::with_capacity(size);
    for point in points {
        text.push_str(&point.line);
        text.push('\n');
    }
    text
}
