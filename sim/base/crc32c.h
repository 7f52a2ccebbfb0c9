/* The two ways to compute CRC-32C that cs_crc32c() chooses from; they agree on every input. */
#ifndef BASE_CRC32C_H
#define BASE_CRC32C_H
#include <stdbool.h>
#include <stdint.h>

#include "clustersim/protocol.h"

/* By tables, anywhere. */
uint32_t crc32c_portable(uint32_t crc, struct cs_bytes data);

/* By the processor's instruction.  Requires crc32c_has_native(). */
uint32_t crc32c_native(uint32_t crc, struct cs_bytes data);
bool crc32c_has_native(void);

#endif
