/** Sound for warnings that wait. Browsers allow it only after a click, so the bell is a button. */

let context: AudioContext | null = null;
let on = $state(false);

/** Two tones, like a ship's bell, 0.6 s. */
function ring(audio: AudioContext): void {
  [880, 660].forEach((pitch, i) => {
    const start = audio.currentTime + i * 0.3;
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.25, start);
    volume.gain.exponentialRampToValueAtTime(0.001, start + 0.3);
    tone.connect(volume);
    volume.connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.3);
  });
}

export const bell = {
  get on(): boolean {
    return on;
  },
  /** Switches it; switching on rings once, as proof. */
  toggle(): void {
    on = !on;
    if (!on || !('AudioContext' in window)) return;
    context ??= new AudioContext();
    void context.resume();
    ring(context);
  },
  ring(): void {
    if (on && context) ring(context);
  },
};
