/** The page of the approve: mounts its screen on the real background. */

import { Approve } from "#components/approve/Approve.tsx";
import { mount } from "#components/ui/page.tsx";

mount(<Approve />);
