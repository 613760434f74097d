/** Texts of the .xz files below, which XZ Utils 5.4.1 packed. */
export const LINES = Buffer.from(
  Array.from({ length: 60 }, (_, i) => `${i * i} of ${i % 7}\n`).join(''),
)
const TWO_CHUNKS = Buffer.concat([Buffer.alloc(2_200_000, '0'), LINES])
const NOISE = Buffer.alloc(150)
for (let i = 0, state = 1; i < NOISE.length; i++) {
  state = (state * 69_069 + 12_345) % 2 ** 31
  NOISE[i] = (state >> 16) & 255
}

/** An .xz file that another program made, and what it unpacks to. */
export interface XzFile {
  name: string
  content: Buffer
  packed: Buffer
}

export const XZ_FILES: XzFile[] = [
  {
    name: 'with CRC64, as xz does',
    content: LINES,
    packed: packed(
      '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AIpANtdABgICmbncFBAyEYbSwnTwWFysdtEHEyIwnP83U2fy3IcWJda' +
        'kffqx2M/vK0r4DUWope/NSXcmNLbRLkeoPbUHpTbyi3CwdwhCeYP99BydieNqnU8KP6kBNPPBckj07G/P67PUyoS' +
        'TVarOm+jlyuutm6k9CkEjLCHr6Cffu95mk2WSTAUTlMCSu/Y7JUzU4rHkKxWBwCJjDBOzU4AjTWHtt2qncc3PQNg' +
        'pUAO8rdQlaXFSpd2agGsu5yv1Lm1cbXoq3errXRqLpfTe2y5pc04Yz/ccB69zFIEXe0b9wAAAdLFVMN7h2kAAfcB' +
        'qgQAAHGFfdOxxGf7AgAAAAAEWVo=',
    ),
  },
  {
    name: 'as `xz -0 --check=crc32`',
    content: LINES,
    packed: packed(
      '/Td6WFoAAAFpIt42AgAhAQwAAACPmEGc4AIpAPxdABgICmbncFBAyEYbRt3WZoFyzOBOaCc2M2Dm8ox7VL5OVYi8' +
        'EwA7kwyvjSFcAJWLLYRf41KjQIX3PG+3QIOtgs9u5rHUUGLkZqZ09comgL6V8GHO4Qbja1CH1B93PJ5RvDB8v/5J' +
        'edFVVjdqUc0VZ4UMMihYzL7+0ebUcWpo0vCGySuGqh/GE8zHVS2N9S5zEhmBN0Ab/OcCQ6p5Fk9X4Ah2IcWACDJd' +
        'CT6gD8/BlW8eKSuMz+ZKIN5gtY/fUhojh4ocvHlNj9UYG6G3I/cyknv8PbsiQbo7rAMEaUypvPVFzvYsSj/+NReA' +
        'yyNTexPvE4yTtsbmp+w+7eX4AACrGb1wAAGUAqoEAABVgr0aPjANiwIAAAAAAVla',
    ),
  },
  {
    name: 'without a check, literals by position, 4 KiB of dictionary',
    content: LINES,
    packed: packed(
      '/Td6WFoAAAD/EtlBAgAhAQAAAAA3J5fW4AIpAQAkABgISzf6LT5KWt8PuBYcy8slIwMzzwE9NtrWo/T0pi8rP2Jx' +
        '5rbV7iUWWcKB927GjD5Is4YACN024GYTA9UNoOg5g2m7RqhXwLvcMXay8o/jkhoaewz04vq/zhIe/Kwvenrbt2xi' +
        'vk5Y5HEw2LNOV9iFyA7kY/hb9yYdA/WqbWB//lJHXmUqssb8lz+6nweAqvfyzGajJB9D+qXqLFnpfrn92U/L95N4' +
        '83SBaxkGGclUY2ECUYn5Uuai7AwpFyIoeNxchJBUI/b9ld0vk/J1jsCd7wnPKurkmiFfdXD1HNx8AIQ+9Qv3p3Z/' +
        '8BAKJlIXHNopZWqFKKl0es0h5lPd5JAAAAGUAqoEAABVgr0aqAAK/AIAAAAAAFla',
    ),
  },
  {
    name: 'with most literal and position bits',
    content: LINES,
    packed: packed(
      '/Td6WFoAAAD/EtlBAgAhARYAAAB0L+Wj4AIpAOO4ABgICeZhAH+zXO4HF1ev3Nv5QeybB1jw/5j1cBG695TA3iKJ' +
        'zX1eJZTI0wpLLpHaogKY/fEc0L+i2bGQqn41NCDR5RiIKa0TZPGbb0vz5XrnHvYaicY3zZQR81Fsr6LpaFS9ssMw' +
        'xEkfPRo973NHObOh81ZM/WHcKggwsSP2aeWwMvNp6xTfGbRqW9DtkkqWmqVObkgq788mfMn1cNH57hqaGpnxZrD4' +
        'ZODculjgh7zVMGIbCIU4sUh/YesJ/m969Mnz7cInZxWg6w/7rYOmKeHgHItzGV6hzFu1y5Dp28vjv3EAAAAAAfcB' +
        'qgQAAHGFfdOoAAr8AgAAAAAAWVo=',
    ),
  },
  {
    name: 'in two blocks, with SHA-256',
    content: LINES,
    packed: packed(
      '/Td6WFoAAArh+wyhAgAhARYAAAB0L+Wj4AErAI1dABgICmbncFBAyEYbSwnTwWFysdtEHEyIwnP83U2fy3IcWJda' +
        'kffqx2M/vK0r4DUWope/NSXcmNLbRLkeoPbUHpTbyi3CwdwhCeYP99BydieNqnU8KP6kBNPPBckj07G/P67PUyoS' +
        'TVarOm+jlyuutm6k9CkEjLCHr6Cffu95mk2WSTAUTlMCSvbR9w4wAAAAAADVfKZv7a0HICK7OImef4m/Ju1wt/ei' +
        'xKyy6qRZEYdNWgIAIQEWAAAAdC/lo+AA/QB1XQAzCALApnUKNklMa4ugMJPu8+UFsJB8I/f/J6H9NwU89mo9FYV0' +
        'o3e6cqz5mdTc2irbnXYegvCAom/ETQoAD63lvnhqjtt9Pq6O4PQJPCSSDfTj+qwxfBVZ0PrAZe+k9JtDhcOKtba9' +
        'g00RoUWQ8Hmn3/NIVfEAAAAAMhu50f19KjOAb8VRY6yqxU8qKLr1N0m+V4ijjRFKuH4AAsEBrAKpAf4BAACtj8qt' +
        'EzqD1wMAAAAAClla',
    ),
  },
  {
    name: 'in blocks that tell their sizes',
    content: LINES.subarray(0, 200),
    packed: packed(
      '/Td6WFoAAATm1rRGAsBFZCEBFgB2Gund4ABjAD1dABgICmbncFBAyEYbSwnTwWFysdtEHEyIwnP83U2fy3IcWJda' +
        'kffqx2M/vK0r4DUWope/NSXcmNLbRLU7rCAAAAAAuJl2SgYYuJ8CwElkIQEWAA3aK6rgAGMAQV0AEA09TQljnTaW' +
        'fK+VKLwBRu2k8eGXZshhKFBcZU2Enk7YFeWDZ7GPtXV6QZ2wr/bEcHZUNkImx8S4bXwp6NwELAAAAAAAAkAVNLqs' +
        'sUIAAllkXWQAAHHyN8OxxGf7AgAAAAAEWVo=',
    ),
  },
  {
    name: 'of two chunks',
    content: TWO_CHUNKS,
    packed: packed(
      '/Td6WFoAAAFpIt42AgAhARYAAAB0L+Wj//8RAWxdABhv+7/+o7Fe5fg/sqomVfhocEFwFQ+N/R5MG4pCtxn0aRhx' +
        'rmYjiopNL6MN2X+m44wjEVPgWRjFdYrid/i2lH8MasDedElk4ulcU7IE2PdEDKtfDW1G6eXDdoi3llestk3haR1v' +
        '+0uIEGxCy4g/XACP0E6vJiiUcR89jyThcJ6nI1/sKMuF0ZWYin4qkfIndfcZwAaYTZj92K/VkA/EJVP49ZE2MQWl' +
        'sO5vwXBNRwzRkRGqrWAdus6xJxhcWYbpZlJYvul2rFnk5VsFCPnH2q38+1IrdM0eWyBC+d1TPfgpZAk7gMsqbN+1' +
        'O/DEvS5fqg8+S2ZCkBMO/xCT+HF4WfgLzf+VKEYPqfx83vuaMC5WwI+F84OBwGXEJVP49ZE2MQWlsO5vwXBNRwzR' +
        'kRGqrWAdus6xJxhcWYbpZlJYvul2rFnk5VsFCPnH2q38+1IrdM0eWyBC+d1TPfgpZAk7gMsqbN+1O/DEvEgn5liB' +
        'lNcA9QDsc1On/b6ufDEan7eNMWJjZCVNpktMHU0ITC0L13YuN92XHCXbxviEDrfMGbdKGqzT8mdTSygCYrlIPx5K' +
        'ZHdv2ObUju8VXVBIIPgSnmxb4OZn0C3uq78twTiw+GvrGf0xALD3T6jWavU2mxfoYMjG9hnTDaipSedqWHcrh0TU' +
        'U7lwNsA87hqCiej0tmF2yOg3ZGsyeWnW77PIjBUng/a0h0Q8zd/wx0W4nBAxbCDs6CbNZrvYws3QZ2jhBNGri0cF' +
        'xdc1a5Z8adYccci92JoRq/rIsKhXp4sqy25kzRO84CxSs1Cbbfs631QRV3lOhudY6NsIAAAA2tDRzQAB/wTqp4YB' +
        'Mzw6rT4wDYsCAAAAAAFZWg==',
    ),
  },
  {
    name: 'that could not be packed',
    content: NOISE,
    packed: packed(
      '/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQCVASusDT58tfkLyDhvRWFjf9HA9hXpY3M2I2gJ/j/oP1u3E2GIBg2t' +
        'S7WNPO0pMbH7LaGiwD9px3+cleZyDAt8hW2qKtEAJuTZdZ/ZhrUFI+F0Li2UdLLmIZiLqd6ub+m2++qeoIU9cdwi' +
        '+KjyQ1fRan5eL0rftudT7UTp+X2MniU5ylWr7ctsjJWOP+opntPNJStBmtnsAAAA84BSTbgLlTQAAa4BlgEAALxZ' +
        'ykSxxGf7AgAAAAAEWVo=',
    ),
  },
  {
    name: 'of nothing',
    content: Buffer.alloc(0),
    packed: packed('/Td6WFoAAATm1rRGAAAAABzfRCEftvN9AQAAAAAEWVo='),
  },
]

/** With a filter for machine code, which few files have. */
export const FILTERED = packed(
  '/Td6WFoAAATm1rRGAgEEACEBFgANhjUfAQADY29kZQDxHwXgkHKLIQABHARvLJzBH7bzfQEAAAAABFla',
)

function packed(base64: string): Buffer {
  return Buffer.from(base64, 'base64')
}
