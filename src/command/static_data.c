/* static_data.c - is a piece of memory a constant or a global? It is if it lies in a
 * segment that the loader has mapped for the program or one of its libraries. */
#define _GNU_SOURCE /* dl_iterate_phdr */

#include "command/static_data.h"

#include <link.h>
#include <stddef.h>
#include <stdint.h>

static int visit_module(struct dl_phdr_info *module, size_t size, void *context)
{
    uintptr_t at = *(const uintptr_t *)context;

    (void)size;
    for (size_t i = 0; i < module->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &module->dlpi_phdr[i];
        uintptr_t start = (uintptr_t)(module->dlpi_addr + segment->p_vaddr);

        if (segment->p_type == PT_LOAD && at >= start && at - start < segment->p_memsz)
            return 1;
    }
    return 0;
}

bool jn_is_static(const void *memory)
{
    uintptr_t at = (uintptr_t)memory;

    return dl_iterate_phdr(visit_module, &at) != 0;
}
