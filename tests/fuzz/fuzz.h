/* fuzz.h - one property, driven by libFuzzer (`./run fuzz`) or by driver.c (ctest). */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Aborts when the property does not hold. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#endif
