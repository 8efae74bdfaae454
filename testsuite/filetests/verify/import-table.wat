;;! test = "verify"
;; Tables are the module's own.

(module
  (import "env" "table" (table 1 funcref)))

(module
  (table (export "table") 1 funcref))
