/* views.c - views in files and in memory, against their contract. */
#include "contract/view/contract.h"

int main(void)
{
    return view_store_contract(&views_in_files) + view_store_contract(&views_in_memory);
}
