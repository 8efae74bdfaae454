;;! test = "verify"
;;! bounded = true
;; Under the policy `bounded`, a function has no loop.

(module
  (func (param i32)
    (loop ;; error: W0701 this loop has no proven bound
      (br_if 0 (local.get 0)))))

(module
  (func (param i32)
    (block
      (br_if 0 (local.get 0)))))
