/* test.h - cmocka, with what it wants before it, and little more. */
#ifndef TEST_H
#define TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jangle/result.h>

/* assert_result(jangle_send(...), JANGLE_OK) prints names, not numbers. */
#define assert_result(result, expected)                                                  \
    assert_string_equal(jangle_result_name(result), jangle_result_name(expected))

/* Sweeps through thousands of cases take each of them in a plain build, and only one of
 * so many where a sanitizer makes everything slower. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { TEST_STRIDE = 7 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { TEST_STRIDE = 7 };
#else
enum { TEST_STRIDE = 1 };
#endif
#else
enum { TEST_STRIDE = 1 };
#endif

#endif
