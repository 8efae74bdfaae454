;;! test = "verify"
;; Exceptions are not supported.

(module
  (tag $t)
  (func
    throw $t))

(module
  (func
    unreachable))
