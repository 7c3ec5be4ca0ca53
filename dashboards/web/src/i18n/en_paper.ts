/** English texts of the bulletin, and of the ladder of levels that it shares. */
export const enPaper = {
  'ladder.above': 'above by {diff} m',
  'ladder.below': 'below by {diff} m',
  'ladder.higher': 'higher by {diff} m',
  'ladder.lower': 'lower by {diff} m',
  'ladder.equal': 'equal',
  'ladder.happens': 'At this level, may be happening now:',
  'ladder.would': 'When the water gets here:',
  'ladder.source': 'source: {source}',
};
