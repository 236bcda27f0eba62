/** The dashboard's page. */
import { Dashboard } from "#components/dashboard/Dashboard.tsx";
import { mount } from "#components/ui/page.tsx";

mount(<Dashboard />);
