/** Raised whenever a field changes its meaning or its type; a reader refuses any other version. */
export const RECORDS_VERSION = 2;
