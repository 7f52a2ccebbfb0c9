/* CRC-32C: polynomial 0x1edc6f41 (Castagnoli, Braeuer, Herrmann, 1993), reflected in and out.
 *
 * The portable way takes eight bytes at a time: Kounavis, Berry, "A Systematic Approach to Building
 * High Performance Software-Based CRC Generators" (2005), "slicing-by-8".  tables[k][b] is the
 * remainder of byte b followed by k zero bytes. */
#include "base/crc32c.h"

#include <stddef.h>
#include <string.h>

#define POLYNOMIAL_REFLECTED 0x82f63b78u
#define SLICES               8u

static uint32_t tables[SLICES][256]; /* constant once the program has started */

static bool native; /* the same */

__attribute__((constructor)) static void tables_init(void)
{
    native = crc32c_has_native();
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t remainder = byte;
        for (unsigned bit = 0; bit < 8; bit++)
            remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? POLYNOMIAL_REFLECTED : 0);
        tables[0][byte] = remainder;
    }
    for (unsigned slice = 1; slice < SLICES; slice++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            uint32_t shorter = tables[slice - 1][byte];
            tables[slice][byte] = (shorter >> 8) ^ tables[0][shorter & 0xff];
        }
    }
}

static uint32_t read_32_little(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

uint32_t crc32c_portable(uint32_t crc, struct cs_bytes data)
{
    cs_assert(data.data != NULL || data.size == 0);
    const uint8_t *at = data.data;
    size_t left = data.size;
    uint32_t state = ~crc;

    for (; left >= SLICES; left -= SLICES, at += SLICES) {
        uint32_t low = state ^ read_32_little(at);
        uint32_t high = read_32_little(at + 4);
        state = tables[7][low & 0xff] ^ tables[6][low >> 8 & 0xff] ^ tables[5][low >> 16 & 0xff] ^
                tables[4][low >> 24] ^ tables[3][high & 0xff] ^ tables[2][high >> 8 & 0xff] ^
                tables[1][high >> 16 & 0xff] ^ tables[0][high >> 24];
    }
    for (; left > 0; left--, at++)
        state = (state >> 8) ^ tables[0][(state ^ *at) & 0xff];
    return ~state;
}

#if defined(__x86_64__)

#include <nmmintrin.h>

bool crc32c_has_native(void)
{
    __builtin_cpu_init(); /* a constructor asks */
    return __builtin_cpu_supports("sse4.2") != 0;
}

__attribute__((target("sse4.2"))) uint32_t crc32c_native(uint32_t crc, struct cs_bytes data)
{
    cs_assert(data.data != NULL || data.size == 0);
    const uint8_t *at = data.data;
    size_t left = data.size;
    uint64_t state = (uint32_t)~crc;

    for (; left >= sizeof(uint64_t); left -= sizeof(uint64_t), at += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, at, sizeof(word));
        state = _mm_crc32_u64(state, word);
    }
    if (left >= sizeof(uint32_t)) {
        uint32_t word;
        memcpy(&word, at, sizeof(word));
        state = _mm_crc32_u32((uint32_t)state, word);
        left -= sizeof(word);
        at += sizeof(word);
    }
    for (; left > 0; left--, at++)
        state = _mm_crc32_u8((uint32_t)state, *at);
    return ~(uint32_t)state;
}

#else

bool crc32c_has_native(void) { return false; }

uint32_t crc32c_native(uint32_t crc, struct cs_bytes data) { return crc32c_portable(crc, data); }

#endif

uint32_t cs_crc32c(uint32_t crc, struct cs_bytes data)
{
    return native ? crc32c_native(crc, data) : crc32c_portable(crc, data);
}
