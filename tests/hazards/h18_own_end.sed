# src/stream/split.c
# SPDX-License-Identifier: MPL-2.0
/^static void cut_end/,/^}/{s/\*tail = \*head - off;/*tail = *head;/;s/\*head = off + 1;/;/;}
