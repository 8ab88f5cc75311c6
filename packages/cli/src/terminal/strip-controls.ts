const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Names and messages of a server must not move the cursor or retitle the terminal: tabs and line ends stay. */
export function stripControls(text: string): string {
  return text.replace(CONTROLS, '\ufffd');
}
