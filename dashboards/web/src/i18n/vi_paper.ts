/** Vietnamese texts of the bulletin, and of the ladder of levels that it shares. */
export const viPaper = {
  'ladder.above': 'trên {diff} m',
  'ladder.below': 'dưới {diff} m',
  'ladder.higher': 'cao hơn {diff} m',
  'ladder.lower': 'thấp hơn {diff} m',
  'ladder.equal': 'bằng',
  'ladder.happens': 'Ở mức này, có thể đang xảy ra:',
  'ladder.would': 'Khi nước đến mức này:',
  'ladder.source': 'nguồn: {source}',
};
