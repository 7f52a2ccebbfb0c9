#include "scenario/ddmin.h"

#include <glib.h>
#include <string.h>

#include "clustersim/protocol.h"

static size_t kept_count(const bool *keep, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        kept += keep[i];
    return kept;
}

/* `keep` without `chunk` of the kept elements, from the `from`th kept one on. */
static bool *without(const bool *keep, size_t count, size_t from, size_t chunk)
{
    bool *subset = g_memdup2(keep, count * sizeof *keep);
    size_t rank = 0;
    for (size_t i = 0; i < count; i++) {
        if (!keep[i])
            continue;
        subset[i] = rank < from || rank >= from + chunk;
        rank++;
    }
    return subset;
}

/* Remove the first chunk that can go, of those from the kept element *from on; *from is then the
 * element behind it.  False if none can. */
static bool remove_one(bool *keep, size_t count, size_t chunk, size_t *from, ddmin_first first,
                       void *self)
{
    size_t kept = kept_count(keep, count);
    g_autoptr(GPtrArray) subsets = g_ptr_array_new_with_free_func(g_free);
    for (size_t at = *from; at < kept; at += chunk)
        g_ptr_array_add(subsets, without(keep, count, at, chunk));
    if (subsets->len == 0)
        return false;
    size_t found = first(self, (bool *const *)subsets->pdata, subsets->len);
    cs_assert(found <= subsets->len);
    if (found == subsets->len)
        return false;
    memcpy(keep, subsets->pdata[found], count * sizeof *keep);
    *from += found * chunk;
    return true;
}

/* One pass over all chunks of a size.  True if anything went. */
static bool pass(bool *keep, size_t count, size_t chunk, ddmin_first first, void *self)
{
    size_t from = 0;
    bool any = false;
    while (remove_one(keep, count, chunk, &from, first, self))
        any = true;
    return any;
}

void ddmin(bool *keep, size_t count, ddmin_first first, void *self)
{
    cs_assert(first != NULL);
    for (size_t chunk = kept_count(keep, count); chunk > 0;) {
        bool any = pass(keep, count, chunk, first, self);
        if (chunk == 1 && !any)
            return;
        chunk = MIN(MAX(chunk / 2, 1), MAX(kept_count(keep, count), 1));
    }
}
