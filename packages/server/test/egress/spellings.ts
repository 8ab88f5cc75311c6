/** Other ways to write an IPv4 address, as some parser or resolver understands them. */
export function spellIpv4(address: string): readonly string[] {
  const octets = address.split('.').map(Number);
  const [a = 0, b = 0, c = 0, d = 0] = octets;
  const number = ((a * 256 + b) * 256 + c) * 256 + d;
  const hex = (value: number, digits = 0) => `0x${value.toString(16).padStart(digits, '0')}`;
  const octal = (value: number) => `0${value.toString(8)}`;
  return [
    String(number),
    hex(number, 8),
    `0x${number.toString(16).toUpperCase()}`,
    octal(number),
    octets.map((octet) => hex(octet)).join('.'),
    octets.map(octal).join('.'),
    octets.map((octet) => octal(octet).padStart(9, '0')).join('.'),
    `${a}.${(b * 256 + c) * 256 + d}`,
    `${a}.${b}.${c * 256 + d}`,
    `${hex(a)}.${b}.${octal(c)}.${d}`,
    `${address}.`,
    [...address].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join(''),
    [...address].map(toFullWidth).join(''),
    address.replaceAll('.', '。'),
    address.replaceAll('.', '．'),
    address.replace(/[1-9]/g, (digit) => String.fromCodePoint(0x2460 + Number(digit) - 1)),
  ];
}

function toFullWidth(letter: string): string {
  return letter === '.' ? '．' : String.fromCodePoint(letter.charCodeAt(0) - 0x30 + 0xff10);
}

/** Other ways to write an IPv6 address, without brackets. */
export function spellIpv6(address: string): readonly string[] {
  return [address.toUpperCase(), `${address}%25lo`, `${address}%lo`, `${address}%1`];
}

/** Addresses that lead elsewhere than they seem to: what one parser takes for the host, another takes for a user or a path. */
export function confuse(denied: string, decoy: string): readonly string[] {
  return [
    `//${decoy}@${denied}/`,
    `//${decoy}:80@${denied}/`,
    `//${decoy}%40${denied}/`,
    `//${decoy}%20@${denied}/`,
    `//${decoy}\\@${denied}/`,
    `//${denied}\\@${decoy}/`,
    `//${denied}#@${decoy}/`,
    `//${denied}?@${decoy}/`,
    `//${denied};@${decoy}/`,
    `//${decoy}#@${denied}/`,
    `//${denied}%00.${decoy}/`,
    `//${denied}%0d%0aHost:%20${decoy}/`,
    `//${denied}\t.${decoy}/`,
    `//\t${denied}/`,
    `//\n${denied}/`,
    ` //${denied}/`,
    `/${denied}/`,
    `${denied}/`,
    `///${denied}/`,
    `////${denied}/`,
    `\\\\${denied}/`,
    `/\\${denied}/`,
    `//${denied}:65536/`,
    `//${denied}:80:80/`,
    `//[${denied}]/`,
    `//${decoy},${denied}/`,
    `//${denied}，${decoy}/`,
    `//${decoy}⁄@${denied}/`,
  ];
}
