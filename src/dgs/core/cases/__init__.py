"""An application from draft to decision: workflow, clock, tasks; the definition it follows is data of services."""
