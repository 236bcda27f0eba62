/** The page of the dashboard: mounts its screen on the real background. */

import { Dashboard } from "#components/dashboard/Dashboard.tsx";
import { mount } from "#components/ui/page.tsx";

mount(<Dashboard />);
